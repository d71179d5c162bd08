import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/simulator/tag-record.ts';
import { swrBench } from '../../support/provider-bench.ts';

const target = { account: 'swr', path: 'shop/team/web' };
const repository = (tags: Record<string, string>) => ({ name: target.path, tags });
const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `v${String(index).padStart(5, '0')}`,
      `d${index}`,
    ]),
  );

describe('listTags()', () => {
  test('listTags() reads names, digests and times with one request', async () => {
    const web = { v1: { digest: 'one', updated: '2024-05-01T10:00:00Z' }, v2: 'two' };
    const { simulator, provider, signal } = await swrBench({
      repositories: [{ name: target.path, tags: web }],
    });

    const { tags } = await provider.list(target, signal);

    expect(tags.map(({ name, value }) => [name, value])).toEqual([
      ['v1', digestOf('one')],
      ['v2', digestOf('two')],
    ]);
    expect(tags[0]?.updatedAt).toEqual(new Date('2024-05-01T10:00:00Z'));
    expect(simulator.requests.total).toBe(1);
  });

  test.each([
    [0, 1],
    [1_000, 1],
    [1_001, 2],
    [2_000, 2],
    [2_500, 3],
  ])('listTags() reads %i tags with %i requests', async (count, requests) => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository(many(count))],
      switches: { swr: { offsetMustBeMultiple: true } },
    });

    const { tags } = await provider.list(target, signal);

    expect(new Set(tags.map(({ name }) => name)).size).toBe(count);
    expect(simulator.requests.count('swr')).toBe(requests);
  });

  test('listTags() asks for smaller pages when the manifests make a page too large', async () => {
    const { simulator, provider, signal } = await swrBench(
      { repositories: [repository(many(400))], switches: { swr: { manifestBytes: 50_000 } } },
      { timeoutMs: 5_000 },
    );

    const { tags } = await provider.list(target, signal);
    const found = await provider.read(target, 'v00000', signal);

    expect(tags).toHaveLength(400);
    expect(found?.value).toBe(digestOf('d0'));
    expect(simulator.requests.total).toBe(1 + 4 + 1);
  });

  test('listTags() takes one request where the region ignores the limit', async () => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository(many(1_500))],
      switches: { swr: { ignoreLimit: true } },
    });

    const { tags } = await provider.list(target, signal);

    expect(tags).toHaveLength(1_500);
    expect(simulator.requests.total).toBe(1);
  });

  test.each(['A', 'B', 'C', 'D'] as const)(
    'listTags() takes a 404 in error shape %s as unknown, never as empty',
    async (errorShape) => {
      const { provider, signal } = await swrBench({
        repositories: [repository({})],
        switches: { swr: { errorShape } },
      });

      const listing = provider.list({ account: 'swr', path: 'shop/gone' }, signal);

      await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
    },
  );

  test.each([
    'before',
    'reset',
    'hang',
    'html',
    'truncate',
    '429',
    'swr-throttle-403',
    'swr-busy-409',
  ] as const)(
    'listTags() reads everything despite the fault "%s" on its second page',
    async (kind) => {
      const { simulator, provider, signal } = await swrBench({
        repositories: [repository(many(1_200))],
      });
      simulator.faults.add({ kind, service: 'swr', skip: 1 });

      const { tags } = await provider.list(target, signal);

      expect(tags).toHaveLength(1_200);
      expect(simulator.requests.total).toBe(3);
    },
  );

  test.each([
    ['cursor-loop', 'LISTING_INCOMPLETE'],
    ['total-mismatch', 'LISTING_INCOMPLETE'],
    ['null-tags', 'PROVIDER_UNAVAILABLE'],
  ] as const)('listTags() answers the lasting fault "%s" with %s', async (kind, code) => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository(many(1_200))],
    });
    simulator.faults.add({ kind, service: 'swr', times: Infinity });

    await expect(provider.list(target, signal)).rejects.toMatchObject({
      code,
    });
  });

  test('listTags() repeats the walk when a push changes the total', async () => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository(many(1_200))],
    });
    simulator.faults.add({ kind: 'total-mismatch', service: 'swr', skip: 1 });

    const { tags } = await provider.list(target, signal);

    expect(tags).toHaveLength(1_200);
    expect(simulator.requests.total).toBe(4);
  });

  test('listTags() refuses a bad repository name without a request', async () => {
    const { simulator, provider, signal } = await swrBench({});

    const listing = provider.list({ account: 'swr', path: 'shop/We' }, signal);

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(simulator.requests.total).toBe(0);
  });

  test('listTags() gives up with PROVIDER_UNAVAILABLE while the cloud is down', async () => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository({ v1: 'a' })],
    });
    simulator.faults.add({ kind: 'status', status: 500, service: 'swr', times: Infinity });

    await expect(provider.list(target, signal)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    expect(simulator.requests.total).toBe(4);
  });
});

describe('readTag()', () => {
  test.each(['fuzzy', 'exact'] as const)(
    'readTag() finds the exact name behind a %s filter',
    async (tagFilter) => {
      const { provider, signal } = await swrBench({
        repositories: [repository({ '1.5': 'a', '1.5.0': 'b', '11.5': 'c' })],
        switches: { swr: { tagFilter, offsetMustBeMultiple: true } },
      });

      expect(await provider.read(target, '1.5', signal)).toEqual({
        name: '1.5',
        value: digestOf('a'),
      });
      expect(await provider.read(target, '5', signal)).toBeNull();
      expect(await provider.read(target, 'none', signal)).toBeNull();
    },
  );

  test('readTag() pages through look-alikes until the name is proved absent', async () => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [repository(many(1_500))],
    });

    expect(await provider.read(target, 'v0', signal)).toBeNull();
    expect(simulator.requests.total).toBe(2);
  });

  test('readTag() throws PROVIDER_NOT_FOUND for a repository that is gone', async () => {
    const { provider, signal } = await swrBench({ repositories: [repository({})] });

    await expect(
      provider.read({ account: 'swr', path: 'gone/x' }, 'v1', signal),
    ).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test.each(['', '..', 'a/b'])(
    'readTag() refuses the name "%s" without a request',
    async (name) => {
      const { simulator, provider, signal } = await swrBench({});

      await expect(provider.read(target, name, signal)).rejects.toThrow(/must start with/);
      expect(simulator.requests.total).toBe(0);
    },
  );
});
