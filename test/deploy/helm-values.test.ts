import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { RENDERED } from '../../tools/write-deploy.ts';
import { dataOf, deploymentsOf, type KubeObject, objectOf, parseObjects } from './objects.ts';

const POLICY = '\n   # begins with blanks\nkind: X\t\n\n';
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Values that are right and odd. */
const ODD = {
  policies: { 'first.yaml': POLICY },
  secretName: '1e3',
  image: { digest: DIGEST },
  nodeSelector: { pool: '1' },
  tolerations: [{ key: 'spot', operator: 'Exists' }],
  volumes: [{ name: 'keys', secret: { secretName: 'keys' } }],
  volumeMounts: [{ name: 'keys', mountPath: '/run/secrets/tagwarden', readOnly: true }],
  monitoring: { podMonitor: true, rules: true, labels: { release: 'prometheus' } },
  networkPolicy: { enabled: true, redisNamespace: '123', redisPort: 6380 },
};

const Tree = z.record(z.string(), z.unknown());
const CHART = 'deploy/helm/tagwarden';

/** Values over others, one level deep: no value here is deeper. */
function over(under: z.infer<typeof Tree>, values: z.infer<typeof Tree>): z.infer<typeof Tree> {
  const merged = Object.entries(values).map(([key, value]) => {
    const [below, above] = [Tree.safeParse(under[key]), Tree.safeParse(value)];
    return [key, below.success && above.success ? { ...below.data, ...above.data } : value];
  });
  return { ...under, ...Object.fromEntries(merged) };
}

/** What the schema says of an example with other values; it needs no helm. */
function refusals(example: string, values: z.infer<typeof Tree>): unknown {
  const read = (file: string) => Tree.parse(parse(readFileSync(file, 'utf8')));
  const all = over(read(`${CHART}/values.yaml`), read(`deploy/helm/examples/${example}.yaml`));
  const ajv = new Ajv({ strict: false });
  ajv.validate(read(`${CHART}/values.schema.json`), over(all, values));
  return ajv.errors;
}

/** What helm makes of an example and the values above; null: there is no helm here. */
function rendered(example: string, values: z.infer<typeof Tree>): readonly KubeObject[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-helm-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const args = [...RENDERED.helm.args(example), '--values', file];
    return parseObjects(
      execFileSync(RENDERED.helm.command, args, { encoding: 'utf8', stdio: 'pipe' }),
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the chart with odd values', () => {
  test('puts no text of the values into YAML without quotes', () => {
    const templates = globSync('deploy/helm/tagwarden/templates/*.yaml').map((path) =>
      readFileSync(path, 'utf8'),
    );
    const bare = templates.flatMap((text) => [
      ...text.matchAll(/^\s*(?:- )?[\w./-]+: \{\{ (\$?\.(?:Values\.[\w.]+)?) \}\}$/gm),
    ]);

    expect(templates.length).toBeGreaterThan(5);
    // An enumeration, quantities and numbers, which the schema holds to their kind.
    expect(bare.flatMap(([, value = '']) => value).toSorted()).toEqual([
      '$.Values.image.pullPolicy',
      '.Values.keda.maxReplicas',
      '.Values.keda.minReplicas',
      '.Values.persistence.size',
    ]);
  });

  test('keeps names that look like numbers, policies as they are, and the digest', () => {
    const objects = rendered('distributed', { ...ODD });

    expect(refusals('distributed', { ...ODD })).toBeNull();
    expect(refusals('distributed', { image: { digest: 'latest' } })).not.toBeNull();
    if (objects === null) return;
    const [worker] = deploymentsOf(objects).filter(({ metadata }) =>
      metadata.name.endsWith('-worker'),
    );
    const pod = JSON.stringify(worker?.spec.template.spec);
    expect(dataOf(objects, 'tagwarden-policies')).toEqual(ODD.policies);
    expect(pod).toContain('"secretRef":{"name":"1e3"}');
    expect(pod).toContain(`"image":"tagwarden@${DIGEST}"`);
    expect(pod).toContain('"mountPath":"/run/secrets/tagwarden"');
    expect(pod).toContain('"nodeSelector":{"pool":"1"}');
    const redis = JSON.stringify(objectOf(objects, 'NetworkPolicy', 'tagwarden-redis'));
    expect(redis).toContain('"kubernetes.io/metadata.name":"123"');
    expect(redis).toContain('"port":6380');
    for (const kind of ['PodMonitor', 'PrometheusRule']) {
      const { labels } = z
        .looseObject({ labels: z.record(z.string(), z.string()) })
        .parse(objectOf(objects, kind, 'tagwarden').metadata);
      expect(labels).toMatchObject({ release: 'prometheus' });
    }
  });

  test('gives one process no environment of a Secret that there is not', () => {
    const objects = rendered('single', { secretName: '' });

    expect(refusals('single', { secretName: '' })).toBeNull();
    if (objects === null) return;
    expect(JSON.stringify(deploymentsOf(objects))).not.toMatch(/secretRef|secretKeyRef/);
  });
});
