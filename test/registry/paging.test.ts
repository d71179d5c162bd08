import { describe, expect, test } from 'vitest';
import { listTagNames } from '../../src/registry/tags.ts';
import { manyTags, registryAt, registryBench, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const NAMES = Object.keys(manyTags(2_345));

/** A registry of exactly these answers to `tags/list`. */
async function scriptedTags(
  answer: (query: URLSearchParams) => { readonly tags: unknown; readonly link?: string },
) {
  const asked: string[] = [];
  const url = await startScripted((request) => {
    const { searchParams } = new URL(request.url ?? '', 'http://local');
    asked.push(searchParams.toString());
    const { tags, link } = answer(searchParams);
    const headers = link === undefined ? {} : { link };
    return { headers, body: JSON.stringify({ name: WEB.path, tags }) };
  });
  return { ...registryAt(url), asked, signal: new AbortController().signal };
}

describe('walkNames()', () => {
  test.each([
    ['relative links', {}],
    ['absolute links', { linkStyle: 'absolute' }],
    ['opaque links', { linkStyle: 'opaque' }],
    ['links to another host', { linkStyle: 'foreign' }],
    ['no links', { link: false }],
    ['no links and small pages', { link: false, maxN: 700 }],
    ['no links and a cap of 1,000', { link: false, maxN: 1_000 }],
    ['small pages', { maxN: 100 }],
    ['another order', { order: 'ignore-case' }],
    ['all at once', { ignoreN: true }],
    ['a refusal of large pages', { maxN: 100, overN: '400' }],
  ] as const)('walkNames() finds every name at a registry with %s', async (_what, switches) => {
    const { registry, signal } = await registryBench({
      oci: [{ name: WEB.path, tags: manyTags(2_345) }],
      switches,
    });

    const names = await listTagNames(registry, WEB, signal);

    expect(names.toSorted()).toEqual(NAMES.toSorted());
  });

  test.each([0, 1, 999, 1_000, 1_001, 2_000])(
    'walkNames() finds all of %i names at a registry that knows no pages and no order',
    async (count) => {
      const all = NAMES.slice(0, count).toReversed();
      const { registry, signal } = await scriptedTags(() => ({ tags: all }));

      const names = await listTagNames(registry, WEB, signal);

      expect(names).toEqual(all);
    },
  );

  test('walkNames() takes null for no names', async () => {
    const { registry, signal, asked } = await scriptedTags(() => ({ tags: null }));

    await expect(listTagNames(registry, WEB, signal)).resolves.toEqual([]);

    expect(asked).toEqual(['n=1000']);
  });

  test('walkNames() ends at a page without Link after others with one', async () => {
    const { registry, signal, asked } = await scriptedTags((query) =>
      query.has('last')
        ? { tags: ['c'] }
        : { tags: ['a', 'b'], link: '</v2/shop/web/tags/list?last=b>; rel="next"' },
    );

    await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(['a', 'b', 'c']);

    expect(asked).toEqual(['n=1000', 'last=b']);
  });

  test.each([
    ['a link to itself', () => ({ tags: ['a'], link: '<?n=1000>; rel="next"' })],
    [
      'links without an end',
      (query: URLSearchParams) => ({
        tags: ['a'],
        link: `<?n=${Number(query.get('n')) + 1}>; rel="next"`,
      }),
    ],
    [
      'a full page again and again, with pages',
      (query: URLSearchParams) => ({
        tags: NAMES.slice(0, Math.min(1_000, Number(query.get('n')))),
      }),
    ],
    [
      'an empty page with a link elsewhere',
      () => ({
        tags: [],
        link: '<https://elsewhere.example/x>; rel="next"',
      }),
    ],
    ['a name that is no tag', () => ({ tags: ['a', '../b'] })],
    ['no list of tags', () => ({ tags: 'a' })],
    ['no tags at all', () => ({ tags: undefined })],
  ])('walkNames() throws LISTING_INCOMPLETE for %s', async (_what, answer) => {
    const { registry, signal } = await scriptedTags(answer);

    const names = listTagNames(registry, WEB, signal);

    await expect(names).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
  });
});
