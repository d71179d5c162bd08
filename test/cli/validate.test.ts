import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { runHere } from './run-here.ts';

test('validate() without a configuration skips what needs accounts and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  await writeFile(
    join(folder, 'shop.yaml'),
    `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: shop }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  channels: [{ tag: stable, select: { semver: "<0.0.0" } }]
  exemptions: [{ target: "hub/*", until: 2099-01-01, reason: r }]
`,
  );

  const { code, stdout, stderr } = await runHere(['validate', folder]);
  await rm(folder, { recursive: true });

  expect(stderr).toContain('error[never-matches]');
  expect(stderr).toContain('warning[dead-exemption]');
  expect(stderr).not.toContain('unknown-account');
  expect(stderr).toContain('accounts and capabilities were not checked');
  expect(stdout).toBe('invalid: 1 policy in 1 file, 1 error, 1 warning\n');
  expect(code).toBe(1);
});

test('validate() shows both places of a conflict as seen from the working directory', async () => {
  const folder = await mkdtemp(join(process.cwd(), '.tagwarden-test-'));
  const policy = (name: string): string => `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: ${name} }
spec:
  mode: sync
  targets: [{ account: swr-north, repositories: ["shop/*"] }]
  copies: [{ from: ${name}, to: prod }]
`;
  await writeFile(join(folder, 'a.yaml'), policy('a'));
  await writeFile(join(folder, 'b.yaml'), policy('b'));

  const { stderr } = await runHere(['validate', folder]);
  await rm(folder, { recursive: true });

  const [shownA, shownB] = ['a', 'b'].map((name) => `${basename(folder)}/${name}.yaml:7`);
  expect(stderr).toMatch(new RegExp(`^${shownB}:12: error\\[conflict\\] .*at ${shownA}:12`));
  expect(stderr).not.toContain(process.cwd());
});

test('validate() lets a channel at UHub through where the account has a registry, without its secret', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  const policies = join(folder, 'policies');
  const config = join(folder, 'tagwarden.yaml');
  const account = `accounts:
  hub:
    provider: ucloud-uhub
    auth: { publicKey: "\${NOT_SET}", privateKey: "\${NOT_SET}" }
`;
  await mkdir(policies);
  await writeFile(
    join(policies, 'team.yaml'),
    `apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: team }
spec:
  mode: sync
  targets: [{ account: hub, repositories: ["team/*"] }]
  channels: [{ tag: stable, select: { semver: "*" } }]
`,
  );

  await writeFile(config, account);
  const without = await runHere(['validate', policies, '--config', config]);
  await writeFile(
    config,
    `${account}    registry: { username: me, password: "\${NOT_SET_EITHER}" }\n`,
  );
  const { code, stderr } = await runHere(['validate', policies, '--config', config]);
  await rm(folder, { recursive: true });

  expect(without.code).toBe(1);
  expect(without.stderr).toContain('registry login (registry: in the account)');
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
