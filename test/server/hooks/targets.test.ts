import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askOf } from '../../../src/server/hooks/targets.ts';
import { aHook } from './hook-bench.ts';

function ask(names: readonly string[], hook = aHook()) {
  const look = { type: 'names', names } as const;
  return askOf(hook, { name: 'push', deliveryId: null, replayId: null, look });
}

const ID = '67e17426-359e-49fb-aa12-0bd1756ec240';
const ALL = aHook({
  accounts: [
    { name: 'swr', provider: 'huawei-swr' },
    { name: 'hub', provider: 'ucloud-uhub' },
    { name: 'ims', provider: 'huawei-ims' },
  ],
});

describe('askOf()', () => {
  test.each([
    { name: 'shop/web', keys: ['swr/shop/web', 'hub/shop/web'] },
    { name: 'shop/deep/er', keys: ['swr/shop/deep/er', 'hub/shop/deep/er'] },
    { name: 'Shop/Web', keys: ['hub/Shop/Web'] },
    { name: ID, keys: [`ims/${ID}`] },
    { name: ID.toUpperCase(), keys: [`ims/${ID}`] },
  ])('askOf() writes $name as each account does', ({ name, keys }) => {
    const found = ask([name], ALL);

    expect(found?.type === 'targets' && found.targets.map((t) => `${t.account}/${t.path}`)).toEqual(
      keys,
    );
  });

  test.each([
    '',
    'web',
    '../web',
    'shop/../web',
    '/shop/web',
    'shop//web',
    'shop/web/',
    'shop/web:v1',
    'https://evil.example/x',
    'shop/web\n',
    'shop/%2e%2e',
    `shop/${'a'.repeat(300)}`,
  ])('askOf() passes over "%s"', (name) => {
    expect(ask([name], ALL)).toBeNull();
  });

  test('askOf() asks for no account that the hook does not name, whatever a payload says', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        const found = ask([...names, 'shop/web']);

        expect(found?.type).toBe('targets');
        for (const { account } of found?.type === 'targets' ? found.targets : [])
          expect(account).toBe('swr');
      }),
    );
  });

  test('askOf() asks for the whole account when more than 100 are named', () => {
    const names = Array.from({ length: 101 }, (_, at) => `shop/web-${at}`);

    expect(ask(names.slice(1))).toMatchObject({ type: 'targets' });
    expect(ask(names)).toEqual({ type: 'accounts', accounts: ['swr'] });
  });
});
