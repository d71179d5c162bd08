import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { walkNames } from '../../src/registry/paging.ts';
import { listTagNames } from '../../src/registry/tags.ts';
import { registryAt, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const Page = z.object({ tags: z.array(z.string()) });
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

interface Habits {
  readonly names?: readonly string[];
  /** Names before which a page has lost its Link. */
  readonly lost?: readonly string[];
  /** `opaque`: what comes next is told by the Link alone, and `last` is not understood. */
  readonly by?: 'last' | 'opaque';
}

/** A registry that gives two names a page, whatever is asked for. */
async function pairs({ names = NAMES, lost = [], by = 'last' }: Habits) {
  const asked: string[] = [];
  const key = by === 'last' ? 'last' : 'next_page';
  const url = await startScripted((request) => {
    const { searchParams } = new URL(request.url ?? '', 'http://local');
    asked.push(searchParams.toString());
    const after = searchParams.get(key);
    const start = after === null ? 0 : names.indexOf(after) + 1;
    const tags = names.slice(start, start + 2);
    const last = tags.at(-1) ?? '';
    const hasMore = start + 2 < names.length && !lost.includes(last);
    const headers = hasMore
      ? { link: `</v2/shop/web/tags/list?${key}=${last}>; rel="next"` }
      : undefined;
    return { ...(headers && { headers }), body: JSON.stringify({ tags }) };
  });
  return { ...registryAt(url), asked, signal: new AbortController().signal };
}

describe('walkNames()', () => {
  test.each([[['b']], [['d']], [['b', 'd']]])(
    'walkNames() finds the names behind a Link that was lost after %j, also on pages that the server keeps small',
    async (lost) => {
      const { registry, signal } = await pairs({ lost });

      await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(NAMES);
    },
  );

  test.each(['last', 'opaque'] as const)(
    'walkNames() ends at a last page that is full by what the server gives, with links by %s',
    async (by) => {
      const { registry, signal, asked } = await pairs({ by });

      await expect(listTagNames(registry, WEB, signal)).resolves.toEqual(NAMES);

      expect(asked).toHaveLength(4);
    },
  );

  test('walkNames() asks for nothing behind a page that is not full', async () => {
    const { registry, signal, asked } = await pairs({ names: NAMES.slice(0, 5) });

    await expect(listTagNames(registry, WEB, signal)).resolves.toHaveLength(5);

    expect(asked).toHaveLength(3);
  });

  test('walkNames() gives up a list that has more names than are believed', async () => {
    const { registry, signal } = await pairs({});
    const walk = {
      operation: 'ListTags',
      subject: 'tags',
      path: 'shop/web/tags/list',
      scopes: [],
      namesOf: ({ text }: { readonly text: string }) => Page.parse(JSON.parse(text)).tags,
      maxNames: 5,
    };
    const read = async () => {
      for await (const _page of walkNames(registry, walk, signal));
    };

    await expect(read()).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
    await expect(read()).rejects.toThrow('more than 5 names');
  });
});
