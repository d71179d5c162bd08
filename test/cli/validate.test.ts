import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
