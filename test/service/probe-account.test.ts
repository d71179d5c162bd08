import { expect, onTestFinished, test } from 'vitest';
import { parsePolicies } from '../../src/policy/parse.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import { probeAccount } from '../../src/service/probe-account.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { registryAccount } from '../contract/registry-account.ts';
import { RUNTIME } from '../support/provider-bench.ts';

const CATALOGS = ['401', '404'] as const;

test.each(CATALOGS)(
  'probeAccount() goes on where a registry answers its catalog with %s, and policies name what they need',
  async (catalog) => {
    const how = await checkRegistry(catalog, 'shop/web');

    expect(how).toContain('refuses to list its repositories');
  },
);

test.each(CATALOGS)(
  'probeAccount() tells what to do where a registry answers its catalog with %s, and a policy has a pattern',
  async (catalog) => {
    const check = checkRegistry(catalog, 'shop/*');

    await expect(check).rejects.toThrow('name the repositories in the policy');
  },
);

test('probeAccount() reports a named repository that cannot be listed either', async () => {
  const check = checkRegistry('401', 'shop/gone');

  await expect(check).rejects.toThrow('shop/gone');
});

test('probeAccount() says no more than that of a registry that lists its repositories', async () => {
  expect(await checkRegistry('on', 'shop/gone')).toBe('');
});

/** The check of an account whose policy is about these repositories. */
async function checkRegistry(catalog: 'on' | '401' | '404', repositories: string) {
  const simulator = await startSimulator({
    seed: { oci: [{ name: 'shop/web', tags: { v1: 'one' } }], switches: { oci: { catalog } } },
  });
  onTestFinished(async () => await simulator.close());
  const provider = createProvider(registryAccount(simulator.endpoints.oci), RUNTIME);
  onTestFinished(async () => await provider.close());
  const text = `
apiVersion: tagwarden/v1
kind: ImageTagPolicy
metadata: { name: channels }
spec:
  mode: sync
  targets: [{ account: mirror, repositories: ["${repositories}"] }]
  channels: [{ tag: stable, select: { semver: "*" } }]
`;
  const set = parsePolicies([{ path: 'channels.yaml', text }]);
  return await probeAccount(provider, set, new AbortController().signal);
}
