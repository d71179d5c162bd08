import { describe, expect, test } from 'vitest';
import { allOf } from '../../support/pages.ts';
import { uhubBench } from '../../support/provider-bench.ts';

const ALL = { visibility: null, paths: null } as const;
const paths = (found: readonly { readonly target: { readonly path: string } }[]) =>
  found.map(({ target }) => target.path);

describe('discoverImages()', () => {
  test("discoverImages() yields the project's own images, never other people's", async () => {
    const { provider, signal } = await uhubBench({
      uhub: [
        {
          repo: 'team',
          image: 'web',
          tags: { v1: { digest: 'a', updated: '2024-05-01T10:00:00Z' } },
        },
        { repo: 'team', image: 'worker' },
        { repo: 'tools', image: 'lint', shared: true },
        { repo: 'library', image: 'nginx', private: false, projectId: 'org-other' },
      ],
    });

    const found = await allOf(provider.discover(ALL, signal));

    expect(paths(found)).toEqual(['team/web', 'team/worker', 'tools/lint']);
    expect(found[0]).toEqual({
      target: { account: 'hub', path: 'team/web' },
      attributes: {
        namespace: 'team',
        name: 'web',
        isShared: 'false',
        updatedAt: '2024-05-01T10:00:00.000Z',
      },
    });
  });

  test('discoverImages() pages through repositories and images', async () => {
    const { simulator, provider, signal } = await uhubBench({
      uhub: Array.from({ length: 150 }, (_, index) => ({ repo: 'team', image: `app${index}` })),
    });

    const found = await allOf(provider.discover(ALL, signal));

    expect(new Set(paths(found)).size).toBe(150);
    expect(simulator.requests.byOperation).toEqual({ 'uhub.GetRepo': 1, 'uhub.GetRepoImage': 2 });
  });

  test('discoverImages() asks for named images only, and keeps one that is gone', async () => {
    const { provider, signal } = await uhubBench({ uhub: [{ repo: 'team', image: 'web' }] });
    const wanted = ['team/web', 'team/gone', 'gone/web', 'bad'];

    const found = await allOf(provider.discover({ visibility: null, paths: wanted }, signal));

    expect(paths(found)).toEqual(wanted);
    expect(found.map(({ attributes }) => attributes['name'])).toEqual([
      'web',
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('discoverImages() throws when a named image cannot be asked for', async () => {
    const { simulator, provider, signal } = await uhubBench({
      uhub: [{ repo: 'team', image: 'web' }],
    });
    simulator.faults.add({ kind: 'retcode', code: 299 });

    const found = allOf(provider.discover({ visibility: null, paths: ['team/web'] }, signal));

    await expect(found).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
  });

  test.each(['GetRepo', 'GetRepoImage'])(
    'discoverImages() throws LISTING_INCOMPLETE when %s does not add up',
    async (operation) => {
      const { simulator, provider, signal } = await uhubBench({
        uhub: [{ repo: 'team', image: 'web' }],
      });
      simulator.faults.add({ kind: 'total-mismatch', operation, times: Number.POSITIVE_INFINITY });

      await expect(allOf(provider.discover(ALL, signal))).rejects.toMatchObject({
        code: 'LISTING_INCOMPLETE',
      });
    },
  );
});

describe('describeImage()', () => {
  test('describeImage() throws the refusal itself when the repository is there', async () => {
    const { simulator, provider, signal } = await uhubBench({
      uhub: [{ repo: 'team', image: 'web' }],
    });
    simulator.faults.add({ kind: 'retcode', code: 8_039, operation: 'GetRepoImage' });

    await expect(provider.describe({ account: 'hub', path: 'team/web' }, signal)).rejects.toThrow(
      'RetCode 8039',
    );
  });
});
