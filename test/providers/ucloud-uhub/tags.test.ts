import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import { digestOf } from '../../../src/simulator/tag-record.ts';
import { uhubBench } from '../../support/provider-bench.ts';

const target = { account: 'hub', path: 'team/web' };
const seed = (tags: Record<string, string>) => ({ uhub: [{ repo: 'team', image: 'web', tags }] });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, `d${index}`]));
const EVERY_TIME = Number.POSITIVE_INFINITY;

describe('listTags()', () => {
  test.each([
    [0, 1],
    [1, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])('listTags() reads %i tags with %i requests', async (count, requests) => {
    const { simulator, provider, signal } = await uhubBench(seed(many(count)));

    const { tags } = await provider.list(target, signal);

    expect(new Set(tags.map(({ name }) => name)).size).toBe(count);
    expect(tags.every(({ value }) => value === null)).toBe(true);
    expect(simulator.requests.total).toBe(requests);
  });

  test.each([
    ['a smaller page than asked for', { maxLimit: 20 }],
    ['RetCode as text', { retCodeAsString: true }],
    ['an unknown time format', { timeFormat: 'local' }],
  ] as const)('listTags() copes with %s', async (_, uhub) => {
    const { provider, signal } = await uhubBench({ ...seed(many(130)), switches: { uhub } });

    expect((await provider.list(target, signal)).tags).toHaveLength(130);
  });

  test('listTags() reads the digest where the region tells it', async () => {
    const { provider, signal } = await uhubBench({
      ...seed({ v1: 'one' }),
      switches: { uhub: { digest: true } },
    });

    const { tags } = await provider.list(target, signal);

    expect(tags[0]).toMatchObject({ name: 'v1', value: digestOf('one') });
    expect(tags[0]?.updatedAt).toBeInstanceOf(Date);
  });

  test.each(['cursor-loop', 'total-mismatch', 'null-tags'] as const)(
    'listTags() throws LISTING_INCOMPLETE on the lasting fault "%s"',
    async (kind) => {
      const { simulator, provider, signal } = await uhubBench(seed(many(130)));
      simulator.faults.add({ kind, times: EVERY_TIME });

      await expect(provider.list(target, signal)).rejects.toMatchObject({
        code: 'LISTING_INCOMPLETE',
      });
    },
  );

  test('listTags() repeats the walk when TotalCount changes', async () => {
    const { simulator, provider, signal } = await uhubBench(seed(many(130)));
    simulator.faults.add({ kind: 'total-mismatch', skip: 1 });

    expect((await provider.list(target, signal)).tags).toHaveLength(130);
    expect(simulator.requests.total).toBe(4);
  });

  test.each<[FaultRule['kind'], Partial<FaultRule>]>([
    ['before', {}],
    ['reset', {}],
    ['hang', {}],
    ['html', {}],
    ['truncate', {}],
    ['429', {}],
    ['status', { status: 500 }],
    ['status', { status: 502 }],
    ['status', { status: 504 }],
    ['retcode', { code: 110 }],
    ['retcode', { code: 130 }],
    ['retcode', { code: 150 }],
    ['retcode', { code: 153 }],
  ])('listTags() repeats a page after the fault "%s" %j', async (kind, details) => {
    const { simulator, provider, signal } = await uhubBench(seed(many(130)));
    simulator.faults.add({ kind, skip: 1, ...details });

    expect((await provider.list(target, signal)).tags).toHaveLength(130);
    expect(simulator.requests.total).toBe(3);
  });

  test.each([
    [160, 'PROVIDER_REJECTED'],
    [161, 'PROVIDER_REJECTED'],
    [170, 'PROVIDER_AUTH'],
    [171, 'PROVIDER_AUTH'],
    [172, 'PROVIDER_AUTH'],
    [174, 'PROVIDER_AUTH'],
    [220, 'PROVIDER_REJECTED'],
    [230, 'PROVIDER_REJECTED'],
    [240, 'PROVIDER_REJECTED'],
    [292, 'PROVIDER_FORBIDDEN'],
    [293, 'PROVIDER_FORBIDDEN'],
    [294, 'PROVIDER_FORBIDDEN'],
    [295, 'PROVIDER_FORBIDDEN'],
    [299, 'PROVIDER_FORBIDDEN'],
  ])('listTags() takes RetCode %i as %s after one request', async (code, expected) => {
    const { simulator, provider, signal } = await uhubBench(seed(many(3)));
    simulator.faults.add({ kind: 'retcode', code, times: EVERY_TIME });

    const listing = provider.list(target, signal);

    await expect(listing).rejects.toMatchObject({ code: expected });
    await expect(listing).rejects.toThrow(`RetCode ${code}`);
    expect(simulator.requests.total).toBe(1);
  });

  test('listTags() names a RetCode that only the product knows and does not repeat it', async () => {
    const { simulator, provider, signal } = await uhubBench(seed(many(3)));
    simulator.faults.add({
      kind: 'retcode',
      code: 8_039,
      operation: 'GetImageTag',
      times: EVERY_TIME,
    });

    const listing = provider.list(target, signal);

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    await expect(listing).rejects.toThrow('RetCode 8039');
    expect(simulator.requests.count('uhub', 'GetImageTag')).toBe(1);
  });

  test.each(['team/gone', 'gone/web'])(
    'listTags() takes "%s" as unknown, never as empty',
    async (path) => {
      const { provider, signal } = await uhubBench(seed({ v1: 'one' }));

      await expect(provider.list({ account: 'hub', path }, signal)).rejects.toMatchObject({
        code: 'PROVIDER_NOT_FOUND',
      });
    },
  );

  test.each([
    [403, 'PROVIDER_FORBIDDEN'],
    [401, 'PROVIDER_AUTH'],
    [404, 'PROVIDER_REJECTED'],
  ])('listTags() takes a page of a proxy with status %i as %s', async (status, code) => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'html', status, times: EVERY_TIME });

    await expect(provider.list(target, signal)).rejects.toMatchObject({ code });
  });

  test('listTags() gives up with PROVIDER_UNAVAILABLE on lasting HTML with status 200', async () => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'html', times: EVERY_TIME });

    await expect(provider.list(target, signal)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
  });
});

describe('readTag()', () => {
  test.each([
    ['the plain answer', {}],
    ['an error for an unknown tag', { unknownTag: 'error' }],
    ['a prefix match', { tagNameMatch: 'prefix' }],
    ['a total that ignores the filter', { totalIgnoresTagName: true }],
    [
      'a prefix match, small pages, total of all',
      { tagNameMatch: 'prefix', maxLimit: 2, totalIgnoresTagName: true },
    ],
  ] as const)('readTag() tells bound from unbound with %s', async (_, uhub) => {
    const { provider, signal } = await uhubBench({
      ...seed({ 'v1.0': 'a', 'v1.1': 'b', 'v1.2': 'c', v1: 'd' }),
      switches: { uhub: { ...uhub, digest: true } },
    });

    expect(await provider.read(target, 'v1', signal)).toEqual({ name: 'v1', value: digestOf('d') });
    expect(await provider.read(target, 'v1.', signal)).toBeNull();
    expect(await provider.read(target, 'x', signal)).toBeNull();
  });

  test('readTag() falls back to the whole listing when a number says nothing', async () => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'retcode', code: 8_039 });

    expect(await provider.read(target, 'v1', signal)).toEqual({ name: 'v1', value: null });
  });

  test('readTag() throws PROVIDER_NOT_FOUND for an image that is gone', async () => {
    const { provider, signal } = await uhubBench(seed({ v1: 'one' }));

    await expect(
      provider.read({ account: 'hub', path: 'team/gone' }, 'v1', signal),
    ).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('readTag() throws when the account may not read', async () => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'retcode', code: 299 });

    await expect(provider.read(target, 'v1', signal)).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
    });
  });
});
