import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { useCliBench } from '../support/cli-bench.ts';
import { type Forge, startForge } from '../support/forge.ts';
import { KEY_ENV } from '../support/workspace.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MARKER = '<!-- tagwarden:report -->';
const TOKEN = 'token-of-the-job';

const KEEP = `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: keep }
spec:
  mode: observe
  targets: [{ account: ims-north, images: { name: "golden-*" } }]
  tags: { require: { owner: {} } }
  protect: ["owner"]
`;

const TEST = `
apiVersion: tagwarden/v1
kind: PolicyTest
metadata: { name: owner-is-set }
spec:
  now: 2026-06-01
  target: ims-north/67e17426-359e-49fb-aa12-0bd1756ec240
  provider: huawei-ims
  attributes: { name: golden-1 }
  policies: [images]
  listing: [{ name: stage, value: prod }]
  expect:
    operations: [{ type: add, tag: owner, value: platform, rule: "tags.ensure.owner" }]
`;

/** One script as a runner runs it. */
type Step = readonly [name: string, script: string, env: Readonly<Record<string, string>>];

/** Steps of a job of GitHub Actions but the installation, with the expressions of their `env` filled in. */
async function githubSteps(
  job: string,
  outputs: () => Promise<string>,
): Promise<() => AsyncGenerator<Step>> {
  const { jobs } = parse(await readFile('deploy/ci/github-actions.yml', 'utf8')) as {
    readonly jobs: Readonly<
      Record<
        string,
        { readonly steps: readonly { name?: string; run?: string; env?: Record<string, string> }[] }
      >
    >;
  };
  return async function* () {
    for (const { name = '', run, env = {} } of jobs[job]?.steps ?? []) {
      if (run === undefined || name === 'install') continue;
      const code = /^code=(\d+)$/m.exec(await outputs())?.[1] ?? '';
      const values: Readonly<Record<string, string>> = {
        'secrets.TAGWARDEN_READ_AK': KEY_ENV.HW_AK,
        'secrets.TAGWARDEN_READ_SK': KEY_ENV.HW_SK,
        'github.token': TOKEN,
        'github.event.pull_request.number': '7',
        'steps.plan.outputs.code': code,
      };
      const filled = Object.entries(env).map(([key, text]) => [
        key,
        text.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, path: string) => values[path] ?? `no ${path}`),
      ]);
      yield [name, run, Object.fromEntries(filled) as Record<string, string>];
    }
  };
}

async function gitlabScript(job: string): Promise<string> {
  const pipeline = parse(await readFile('deploy/ci/gitlab-ci.yml', 'utf8')) as Readonly<
    Record<string, { readonly script: readonly string[] }>
  >;
  return (pipeline[job]?.script ?? []).join('\n');
}

describe('the jobs of deploy/ci', () => {
  const bench = useCliBench({ images: 2, repositories: 2 });

  /** A folder for the runner, with the command on the PATH. */
  async function aRunner(others = 0) {
    const { folder } = bench.workspace;
    const forge = await startForge(TOKEN, others);
    onTestFinished(async () => await forge.close());
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'tagwarden'),
      `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`,
    );
    await chmod(join(bin, 'tagwarden'), 0o755);
    const output = join(folder, 'output');
    const summary = join(folder, 'summary');
    await writeFile(output, '');
    const shared = {
      PATH: `${bin}${delimiter}${join(process.execPath, '..')}${delimiter}${process.env['PATH'] ?? ''}`,
      UC_PUB: KEY_ENV.UC_PUB,
      UC_PRI: KEY_ENV.UC_PRI,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_API_URL: forge.url,
      GITHUB_REPOSITORY: 'acme/tags',
      CI_API_V4_URL: forge.url,
      CI_PROJECT_ID: '3',
      CI_MERGE_REQUEST_IID: '7',
    };
    const bash = async (script: string, env: Readonly<Record<string, string>>): Promise<number> =>
      await new Promise((resolve) => {
        const options = ['-eo', 'pipefail', '-c', script];
        spawn('bash', options, {
          cwd: folder,
          env: { ...shared, ...env },
          stdio: 'ignore',
        }).on('close', (code) => resolve(code ?? 1));
      });
    const github = async (job: string): Promise<Readonly<Record<string, number>>> => {
      const steps = await githubSteps(job, async () => await readFile(output, 'utf8'));
      await writeFile(output, '');
      const codes: Record<string, number> = {};
      for await (const [name, script, env] of steps()) {
        codes[name] = await bash(script, env);
        if (codes[name] !== 0) break;
      }
      return codes;
    };
    const gitlab = async (
      job: string,
      env: Readonly<Record<string, string>> = {},
    ): Promise<number> => await bash(await gitlabScript(job), { ...KEY_ENV, ...env });
    return { forge, github, gitlab, folder, summary };
  }

  /** Another policy protects what the fleet's policy wants to change. */
  async function wantProtected(): Promise<void> {
    await bench.workspace.writePolicies({ 'keep.yaml': KEEP });
  }

  const shown = ({ comments }: Forge): readonly string[] =>
    comments.filter(({ user }) => user.type === 'Bot').map(({ body }) => body);

  test('check passes what is right and stops at what is wrong, on both', async () => {
    const { github, gitlab } = await aRunner();
    await bench.workspace.writePolicies({ 'test.yaml': TEST });

    const right = [await github('check'), await gitlab('tagwarden:check')];
    await bench.workspace.writePolicies({ 'images.yaml': 'kind: Nonsense\n' });
    const wrong = [await github('check'), await gitlab('tagwarden:check')];

    expect(right).toEqual([{ validate: 0, test: 0 }, 0]);
    expect(wrong).toEqual([{ validate: 1 }, 1]);
  }, 60_000);

  test('plan comments once, and replaces its comment the next time', async () => {
    const { forge, github, summary } = await aRunner(100);

    const first = await github('plan');
    await wantProtected();
    const second = await github('plan');

    expect(first).toEqual({ plan: 0, comment: 0, verdict: 0 });
    expect(second).toEqual({ plan: 0, comment: 0, verdict: 3 });
    expect(shown(forge)).toHaveLength(1);
    expect(shown(forge)[0]).toMatch(/^<!-- tagwarden:report -->\n### tagwarden: \*\*refused\*\*/);
    expect(shown(forge)[0]).toContain('it is protected');
    expect(forge.calls.map((call) => call.split(' ')[0])).toEqual([
      'GET',
      'GET',
      'POST',
      'GET',
      'GET',
      'PATCH',
    ]);
    expect(forge.calls.at(-1)).toBe('PATCH /repos/acme/tags/issues/comments/100');
    expect(await readFile(summary, 'utf8')).toContain(MARKER);
  }, 60_000);

  test('plan of GitLab does the same, and leaves the note out without its token', async () => {
    const { forge, gitlab } = await aRunner(100);

    const silent = await gitlab('tagwarden:plan');
    const first = await gitlab('tagwarden:plan', { TAGWARDEN_NOTE_TOKEN: TOKEN });
    await wantProtected();
    const second = await gitlab('tagwarden:plan', { TAGWARDEN_NOTE_TOKEN: TOKEN });

    expect([silent, first, second]).toEqual([0, 0, 3]);
    expect(shown(forge)).toHaveLength(1);
    expect(shown(forge)[0]).toMatch(/^<!-- tagwarden:report -->\n### tagwarden: \*\*refused\*\*/);
    expect(forge.calls.at(-1)).toBe('PUT /projects/3/merge_requests/7/notes/100');
    expect(forge.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  }, 60_000);

  test('a plan that could not be made says so in the comment, and fails', async () => {
    const { forge, github, gitlab } = await aRunner();
    await bench.workspace.writePolicies({ 'images.yaml': 'kind: Nonsense\n' });

    const codes = await github('plan');
    const code = await gitlab('tagwarden:plan', { TAGWARDEN_NOTE_TOKEN: TOKEN });

    expect(codes).toEqual({ plan: 0, comment: 0, verdict: 1 });
    expect(code).toBe(1);
    expect(shown(forge)[0]).toContain('### tagwarden: **no plan**');
  }, 60_000);
});
