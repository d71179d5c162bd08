import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { allOf } from '../../support/pages.ts';
import { aCopy, aDelete, anAdd, uhubBench } from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';

const target = { account: 'hub', path: 'team/web' };
const seed = { uhub: [{ repo: 'team', image: 'web', tags: { v1: 'one' } }] };
const publicKey = new Secret('ucloudsomeone@example.com1296235120854146120');

describe('createUcloudUhubProvider()', () => {
  test.each([
    ['private key', publicKey, 'RetCode 171'],
    ['public key', new Secret('nobody@example.com'), 'RetCode 172'],
  ])(
    'createUcloudUhubProvider() sends one request in all with a wrong %s',
    async (_, key, retCode) => {
      const auth = { publicKey: key, privateKey: new Secret('not-the-key'), securityToken: null };
      const { simulator, provider, signal } = await uhubBench(seed, { auth });

      await Promise.allSettled([
        provider.list(target, signal),
        provider.read(target, 'v1', signal),
        provider.perform(target, aDelete(), freely, signal),
        allOf(provider.discover({ visibility: null, paths: null }, signal)),
      ]);
      const later = provider.list(target, signal);

      await expect(later).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
      await expect(later).rejects.toThrow('account "hub"');
      await expect(later).rejects.toThrow(retCode);
      await expect(later).rejects.not.toThrow('not-the-key');
      expect(simulator.requests.total).toBe(1);
    },
  );

  test('createUcloudUhubProvider() refuses copies and adds with reason and remedy', async () => {
    const { simulator, provider, signal } = await uhubBench(seed);

    await expect(provider.perform(target, aCopy(), freely, signal)).rejects.toThrow(
      /registry login/,
    );
    await expect(provider.perform(target, anAdd(), freely, signal)).rejects.toThrow(
      /use a copy or a channel/,
    );
    expect(simulator.requests.total).toBe(0);
  });

  test('createUcloudUhubProvider() takes an unknown project as forbidden', async () => {
    const { provider, signal } = await uhubBench(seed, { projectId: 'org-none' });

    await expect(provider.list(target, signal)).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
    });
    expect(provider).toMatchObject({ name: 'ucloud-uhub', account: 'hub' });
  });
});
