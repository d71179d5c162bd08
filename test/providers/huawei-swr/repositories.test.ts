import { describe, expect, test } from 'vitest';
import { allOf } from '../../support/pages.ts';
import { swrBench } from '../../support/provider-bench.ts';

const ALL = { visibility: null, paths: null } as const;
const repositories = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `org-${index % 3}/app${index}` }));

describe('discoverRepositories()', () => {
  test('discoverRepositories() yields targets with their facts', async () => {
    const updated = '2024-05-01T10:00:00Z';
    const { provider, signal } = await swrBench({
      repositories: [
        { name: 'shop/team/web', public: true, tags: { v1: { digest: 'a', updated } } },
      ],
    });

    const found = await allOf(provider.discover(ALL, signal));

    expect(found).toEqual([
      {
        target: { account: 'swr', path: 'shop/team/web' },
        attributes: {
          namespace: 'shop',
          name: 'team/web',
          isPublic: 'true',
          updatedAt: '2024-05-01T10:00:00.000Z',
          tagCount: '1',
        },
        fingerprint: expect.stringMatching(/^1 1714557600000 /),
      },
    ]);
  });

  test.each([
    [0, 1],
    [1_000, 1],
    [1_400, 2],
  ])(
    'discoverRepositories() yields %i repositories once each with %i requests',
    async (count, requests) => {
      const { simulator, provider, signal } = await swrBench({
        repositories: repositories(count),
        switches: { swr: { offsetMustBeMultiple: true } },
      });

      const found = await allOf(provider.discover(ALL, signal));

      expect(new Set(found.map(({ target }) => target.path)).size).toBe(count);
      expect(found).toHaveLength(count);
      expect(simulator.requests.total).toBe(requests);
    },
  );

  test.each([
    ['public', ['shop/open']],
    ['private', ['shop/closed']],
    ['shared', ['shop/closed', 'shop/open']],
  ] as const)(
    'discoverRepositories() narrows to %s where the API can',
    async (visibility, paths) => {
      const { provider, signal } = await swrBench({
        repositories: [{ name: 'shop/open', public: true }, { name: 'shop/closed' }],
      });

      const found = await allOf(provider.discover({ visibility, paths: null }, signal));

      expect(found.map(({ target }) => target.path)).toEqual(paths);
    },
  );

  test('discoverRepositories() asks for named repositories only, and keeps one that is gone', async () => {
    const { simulator, provider, signal } = await swrBench({ repositories: repositories(5) });
    const paths = ['org-1/app1', 'org-1/gone', 'Bad'];

    const found = await allOf(provider.discover({ visibility: null, paths }, signal));

    expect(found.map(({ target }) => target.path)).toEqual(paths);
    expect(found.map(({ attributes }) => attributes['name'])).toEqual([
      'app1',
      undefined,
      undefined,
    ]);
    expect(simulator.requests.count('swr', 'ShowRepo')).toBe(2);
    expect(simulator.requests.total).toBe(2);
  });

  test('discoverRepositories() throws when a named repository cannot be asked for', async () => {
    const { simulator, provider, signal } = await swrBench({ repositories: repositories(5) });
    simulator.faults.add({ kind: 'status', status: 403, code: 'SVCSTG.SWR.4030170' });

    const found = allOf(provider.discover({ visibility: null, paths: ['org-1/app1'] }, signal));

    await expect(found).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
  });

  test('discoverRepositories() throws LISTING_INCOMPLETE rather than end early', async () => {
    const { simulator, provider, signal } = await swrBench({ repositories: repositories(1_400) });
    simulator.faults.add({ kind: 'cursor-loop', times: Infinity });

    await expect(allOf(provider.discover(ALL, signal))).rejects.toMatchObject({
      code: 'LISTING_INCOMPLETE',
    });
  });
});

describe('describeRepository()', () => {
  test('describeRepository() reads the facts of one repository', async () => {
    const { provider, signal } = await swrBench({ repositories: [{ name: 'shop/team/web' }] });

    const facts = await provider.describe({ account: 'swr', path: 'shop/team/web' }, signal);

    expect(facts).toMatchObject({
      namespace: 'shop',
      name: 'team/web',
      isPublic: 'false',
      tagCount: '0',
    });
  });

  test('describeRepository() throws PROVIDER_NOT_FOUND for one that is gone', async () => {
    const { provider, signal } = await swrBench({ repositories: [{ name: 'shop/web' }] });

    await expect(
      provider.describe({ account: 'swr', path: 'shop/gone' }, signal),
    ).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('describeRepository() throws PROVIDER_UNAVAILABLE for a page of a proxy', async () => {
    const { simulator, provider, signal } = await swrBench({
      repositories: [{ name: 'shop/web' }],
    });
    const target = { account: 'swr', path: 'shop/web' };
    simulator.faults.add({ kind: 'html', times: Infinity });

    await expect(provider.describe(target, signal)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
  });
});
