import { describe, expect, test } from 'vitest';
import { type Account, PROVIDER_NAMES } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import { capabilitiesOf } from '../../src/providers/capabilities.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import { aDelete, RUNTIME } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';

const shared = {
  name: 'main',
  endpoint: 'http://127.0.0.1:9',
  limits: { requestsPerSecond: 1, burst: 1, concurrency: 1 },
  timeoutMs: 100,
  protect: ['v*'],
  caFile: null,
  region: 'cn-north-4',
  projectId: 'p',
} as const;
const token = { type: 'token', token: new Secret('t') } as const;
const keys = { publicKey: new Secret('a'), privateKey: new Secret('b'), securityToken: null };
const registry = {
  endpoint: 'http://127.0.0.1:9',
  auth: { type: 'anonymous' },
  tokenRealm: null,
} as const;
const ACCOUNTS: readonly Account[] = [
  { ...shared, provider: 'huawei-ims', auth: token },
  { ...shared, provider: 'huawei-swr', auth: token },
  { ...shared, provider: 'ucloud-uhub', auth: keys },
  { ...shared, provider: 'huawei-swr', auth: token, registry },
  { ...shared, provider: 'ucloud-uhub', auth: keys, registry },
  { ...shared, provider: 'oci', auth: { type: 'anonymous' }, tokenRealm: null },
];

describe('createProvider()', () => {
  test.each(ACCOUNTS)(
    'createProvider() makes the $provider adapter behind the gate of the account',
    async (account) => {
      const provider = createProvider(account, RUNTIME);
      const target = { account: 'main', path: 'shop/web' };

      const refused = provider.perform(
        target,
        aDelete({ tag: 'v1' }),
        freely,
        AbortSignal.timeout(1_000),
      );

      await expect(refused).rejects.toMatchObject({ code: 'GATE_REFUSED' });
      expect(provider).toMatchObject({ name: account.provider, account: 'main' });
      expect(provider.capabilities).toBe(capabilitiesOf(account));
      await provider.close();
    },
  );
});

describe('capabilitiesOf()', () => {
  test('capabilitiesOf() gives a reason for every operation that is missing', () => {
    const silent = PROVIDER_NAMES.flatMap((provider) => {
      return [null, {}].flatMap((registry) => {
        const { operations, missing } = capabilitiesOf({ provider, registry });
        return (['add', 'copy', 'delete', 'promote'] as const).filter(
          (type) => !operations.has(type) && missing[type] === undefined,
        );
      });
    });

    expect(silent).toEqual([]);
  });

  test.each([
    ['ucloud-uhub', ['copy', 'promote']],
    ['huawei-swr', ['promote']],
    ['huawei-ims', []],
  ] as const)(
    'capabilitiesOf() an account of %s grow by its registry with %j',
    (provider, more) => {
      const without = capabilitiesOf({ provider });
      const full = capabilitiesOf({ provider, registry: {} });

      const grown = [...full.operations].filter((type) => !without.operations.has(type));

      expect(grown).toEqual(more);
      expect(full.missingContent).toBeUndefined();
    },
  );
});
