import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { allOf } from '../../support/pages.ts';
import { aCopy, anAdd, passwordLogin, swrBench } from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';

const target = { account: 'swr', path: 'shop/web' };
const seed = { repositories: [{ name: 'shop/web', tags: { v1: 'one' } }] };
const wrongKey = {
  type: 'access-key',
  accessKey: new Secret('AKIDEXAMPLE0000000A'),
  secretKey: new Secret('not-the-secret-key'),
  securityToken: null,
} as const;

describe('createHuaweiSwrProvider()', () => {
  test('createHuaweiSwrProvider() names itself and its account', async () => {
    const { provider } = await swrBench(seed);

    expect(provider).toMatchObject({ name: 'huawei-swr', account: 'swr' });
  });

  test('createHuaweiSwrProvider() sends one request in all with a wrong key, and never the secret', async () => {
    const { simulator, provider, signal } = await swrBench(seed, { auth: wrongKey });

    const calls = await Promise.allSettled([
      provider.list(target, signal),
      provider.read(target, 'v1', signal),
      provider.perform(target, aCopy({ value: 'x' }), freely, signal),
      allOf(provider.discover({ visibility: null, paths: null }, signal)),
    ]);
    const later = provider.list(target, signal);

    await expect(later).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    await expect(later).rejects.toThrow('account "swr"');
    await expect(later).rejects.not.toThrow('not-the-secret-key');
    expect(calls.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(simulator.requests.total).toBe(1);
  });

  test('createHuaweiSwrProvider() logs in once and renews an expired token once', async () => {
    const { simulator, provider, signal } = await swrBench(seed, passwordLogin);
    simulator.faults.add({
      kind: 'status',
      status: 401,
      code: 'SVCSTG.SWR.4010000',
      skip: 2,
      service: 'swr',
    });

    for (let round = 0; round < 4; round += 1) await provider.list(target, signal);

    expect(simulator.requests.count('iam')).toBe(2);
    expect(simulator.requests.count('swr')).toBe(5);
  });

  test('createHuaweiSwrProvider() gives up when the renewed token is refused as well', async () => {
    const { simulator, provider, signal } = await swrBench(seed, passwordLogin);
    simulator.faults.add({
      kind: 'status',
      status: 401,
      code: 'SVCSTG.SWR.4010000',
      times: Infinity,
      service: 'swr',
    });

    await expect(provider.list(target, signal)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(simulator.requests.count('swr')).toBe(2);
  });

  test('createHuaweiSwrProvider() refuses an add with the reason', async () => {
    const { simulator, provider, signal } = await swrBench(seed);

    await expect(provider.perform(target, anAdd(), freely, signal)).rejects.toThrow(
      /use a copy or a channel/,
    );
    expect(simulator.requests.total).toBe(0);
  });

  test('createHuaweiSwrProvider() stops with CANCELLED when the run is aborted', async () => {
    const { simulator, provider } = await swrBench(seed);
    simulator.faults.add({ kind: 'hang', times: Infinity });

    const listing = provider.list(target, AbortSignal.timeout(30));

    await expect(listing).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
