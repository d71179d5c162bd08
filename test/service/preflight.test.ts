import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { runHere } from '../cli/run-here.ts';
import { aServer } from '../sources/git-bench.ts';
import { fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

const CREDENTIAL = 'git:canary-git-token';

/** `doctor` over a small fleet whose policies are in git; its lines about policies. */
async function askDoctor(
  files: Readonly<Record<string, string>>,
  git: Readonly<Record<string, string>> = {},
  token = 'canary-git-token',
) {
  const simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 1 }) });
  onTestFinished(async () => await simulator.close());
  const server = await aServer({ credential: CREDENTIAL });
  const commit = await server.commit(files);
  const auth = { token: '${GIT_TOKEN}' };
  const place = { url: server.url, timeout: '30s', allowLoopbackHttp: true, auth, ...git };
  const workspace = await createWorkspace({
    simulator,
    queueUrl: inject('redisUrl'),
    policies: {},
    config: { policies: { git: place } },
  });
  onTestFinished(async () => await workspace.remove());
  const env = { ...KEY_ENV, GIT_TOKEN: token, PATH: process.env['PATH'] ?? '' };
  const { code, stdout, stderr } = await runHere(['doctor', '--config', workspace.configFile], env);
  const lines = stdout.split('\n');
  return {
    code,
    commit,
    text: stdout + stderr,
    policies: lines.filter((line) => line.includes(' policies: ')),
    source: lines.filter((line) => line.includes(' policy source ')),
    others: lines.filter((line) => /^ok {4}(?:configuration|account|queue)/.test(line)),
  };
}

describe('preflight() of policies in git', () => {
  test('preflight() names the head of the remote and the set it holds', async () => {
    const { code, commit, policies, source } = await askDoctor(fleetPolicies());

    expect(source).toHaveLength(1);
    expect(source[0]).toMatch(
      /^ok {4}policy source 127\.0\.0\.1\S*\/tags\.git@main: answers; its head is main@/,
    );
    expect(source[0]).toContain(commit.slice(0, 12));
    expect(policies).toEqual([expect.stringMatching(/^ok .* policies, revision main@/)]);
    expect(code).toBe(0);
  }, 60_000);

  test.each<[string, Readonly<Record<string, string>>, string, string]>([
    ['a token the remote refuses', {}, 'canary-wrong', 'the remote refused the credential'],
    ['a ref it does not have', { ref: 'stable' }, 'canary-git-token', 'no such branch or tag'],
    ['a host that is away', { url: 'http://127.0.0.1:1/t.git' }, 'canary-git-token', 'connection'],
  ])(
    'preflight() says so of %s, and checks everything else',
    async (_name, git, token, said) => {
      const { code, text, policies, source, others } = await askDoctor(fleetPolicies(), git, token);

      expect(source).toEqual([expect.stringMatching(/^FAIL {2}policy source /)]);
      expect(source[0]).toContain(said);
      expect(policies).toEqual([]);
      expect(others).toHaveLength(5);
      expect(text).not.toContain('canary');
      expect(code).toBe(1);
    },
    60_000,
  );

  test('preflight() tells a remote that answers from policies that are wrong', async () => {
    const { code, policies, source, others } = await askDoctor({ 'a.yaml': 'kind: Nothing\n' });

    expect(source).toEqual([expect.stringMatching(/^ok /)]);
    expect(policies).toEqual([
      expect.stringMatching(/^FAIL {2}policies: .*problem.*tagwarden validate shows it$/),
    ]);
    expect(others).toHaveLength(5);
    expect(code).toBe(1);
  }, 60_000);
});
