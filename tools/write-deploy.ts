import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is rendered of `deploy/`, what it is made of, and how; the one list to extend. */
export const RENDERED = {
  kustomize: {
    command: 'kubectl',
    names: ['single', 'dev', 'prod', 'prod-git'],
    args: (name: string): readonly string[] => ['kustomize', `deploy/kustomize/overlays/${name}`],
    inputs: ['deploy/kustomize/{base,components,overlays}/**/*.*', 'deploy/simulator/**/*.*'],
    except: [],
  },
  helm: {
    command: 'helm',
    names: ['single', 'distributed'],
    // What helm takes for the cluster depends on how it was built.
    args: (name: string): readonly string[] =>
      `template tagwarden deploy/helm/tagwarden --namespace tagwarden --kube-version 1.31.0 --values deploy/helm/examples/${name}.yaml`.split(
        ' ',
      ),
    inputs: ['deploy/helm/{tagwarden,examples}/**/*.*'],
    // A copy of deploy/alerts.yaml, which is compared by itself; the examples leave the rules out.
    except: ['deploy/helm/tagwarden/files/alerts.yaml'],
  },
} as const satisfies Readonly<Record<string, Rendering>>;
export type RenderedKind = keyof typeof RENDERED;

interface Rendering {
  readonly command: string;
  readonly names: readonly string[];
  readonly args: (name: string) => readonly string[];
  readonly inputs: readonly string[];
  readonly except: readonly string[];
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RULE = `# Made of deploy/alerts.yaml by tools/write-deploy.ts. Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tagwarden
spec:
`;

/** Files that are made of `deploy/alerts.yaml`, by path. */
export function alertCopies(alerts: string): Readonly<Record<string, string>> {
  const indented = alerts.replaceAll(/^(?=.)/gm, '  ');
  return {
    'deploy/kustomize/components/monitoring/prometheus-rule.yaml': `${RULE}${indented}`,
    'deploy/helm/tagwarden/files/alerts.yaml': alerts,
  };
}

/** Where a rendered set is committed. */
export function renderedPath(kind: RenderedKind, name: string): string {
  return `${ROOT}deploy/${kind}/rendered/${name}`;
}

/** Changes whenever a file does that the rendered sets are made of. */
export function digestOf(kind: RenderedKind): string {
  const { inputs, except } = RENDERED[kind];
  const exempt: readonly string[] = except;
  const files = globSync([...inputs], { cwd: ROOT }).filter((path) => !exempt.includes(path));
  const hash = createHash('sha256');
  for (const path of files.toSorted())
    hash.update(`${path}\n${readFileSync(`${ROOT}${path}`, 'utf8')}\n`);
  return hash.digest('hex');
}

/** What the tool makes of it today; null: the tool is not on the PATH. Throws what it says. */
export function render(kind: RenderedKind, name: string): string | null {
  const { command, args } = RENDERED[kind];
  try {
    return execFileSync(command, args(name), { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function writeRendered(kind: RenderedKind): void {
  for (const name of RENDERED[kind].names) {
    const text = render(kind, name);
    if (text === null) {
      console.warn(`${RENDERED[kind].command} is not on the PATH: deploy/${kind}/rendered stays`);
      return;
    }
    mkdirSync(dirname(renderedPath(kind, name)), { recursive: true });
    writeFileSync(renderedPath(kind, `${name}.yaml`), text);
  }
  writeFileSync(renderedPath(kind, 'inputs.sha256'), `${digestOf(kind)}\n`);
}

if (import.meta.main) {
  const alerts = readFileSync(`${ROOT}deploy/alerts.yaml`, 'utf8');
  for (const [path, text] of Object.entries(alertCopies(alerts)))
    writeFileSync(`${ROOT}${path}`, text);
  writeRendered('kustomize');
  writeRendered('helm');
}
