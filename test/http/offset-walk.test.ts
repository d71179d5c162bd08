import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  collectRows,
  findRow,
  type OffsetPosition,
  type OffsetWalk,
  streamRows,
} from '../../src/http/offset-walk.ts';

interface Row {
  readonly name: string;
  readonly value: string;
}

interface Answer {
  readonly rows: readonly string[];
  readonly total: number | null;
}

const signal = new AbortController().signal;

/** A listing answered by `answer`; `asked` collects the positions. */
function aWalk(
  answer: (at: OffsetPosition, call: number) => Answer,
  changes: Partial<OffsetWalk<Row>> = {},
) {
  const asked: OffsetPosition[] = [];
  const walk: OffsetWalk<Row> = {
    subject: 'tags of "a/b"',
    pageSize: 2,
    aligned: true,
    nameOf: (row) => row.name,
    agree: (left, right) => left.value === right.value,
    fetchPage: async (at) => {
      asked.push(at);
      const { rows, total } = answer(at, asked.length);
      return { total, rows: rows.map(toRow) };
    },
    ...changes,
  };
  return { walk, asked };
}

function toRow(text: string): Row {
  const [name = '', value = 'x'] = text.split('=');
  return { name, value };
}

const names = (rows: readonly Row[]): string => rows.map(({ name }) => name).join('');

/** A server that honors offset and a page size of at most `cap`. */
function serve(all: string, { cap = 1_000, total = true } = {}) {
  return ({ offset, limit }: OffsetPosition): Answer => ({
    rows: [...all].slice(offset, offset + Math.min(limit, cap)),
    total: total ? all.length : null,
  });
}

describe('collectRows()', () => {
  test.each([
    ['nothing', '', 1],
    ['a short page', 'a', 1],
    ['exactly one full page', 'ab', 1],
    ['several pages', 'abcde', 3],
    ['exactly two full pages', 'abcd', 2],
  ])('collectRows() reads %s with no request too many', async (_, all, requests) => {
    const { walk, asked } = aWalk(serve(all));

    const rows = await collectRows(walk, signal);

    expect(names(rows)).toBe(all);
    expect(asked).toHaveLength(requests);
  });

  test('collectRows() takes everything from a region that ignores the limit', async () => {
    const { walk, asked } = aWalk(() => ({ rows: ['a', 'b', 'c'], total: 3 }));

    const rows = await collectRows(walk, signal);

    expect(names(rows)).toBe('abc');
    expect(asked).toHaveLength(1);
  });

  test('collectRows() goes on with the page size of a region that caps it, offsets aligned', async () => {
    const { walk, asked } = aWalk(serve('abcdefg', { cap: 3 }), { pageSize: 5 });

    const rows = await collectRows(walk, signal);

    expect(names(rows)).toBe('abcdefg');
    expect(asked.every(({ offset, limit }) => offset % limit === 0)).toBe(true);
  });

  test('collectRows() raises an unaligned offset by the rows received', async () => {
    const { walk, asked } = aWalk(serve('abcde', { cap: 3 }), { aligned: false, pageSize: 4 });

    const rows = await collectRows(walk, signal);

    expect(names(rows)).toBe('abcde');
    expect(asked.map(({ offset }) => offset)).toEqual([0, 3]);
  });

  test.each([
    ['', 1],
    ['a', 2],
    ['ab', 2],
    ['abc', 3],
  ])(
    'collectRows() wants an empty page after "%s" when there is no total',
    async (all, requests) => {
      const { walk, asked } = aWalk(serve(all, { total: false }));

      const rows = await collectRows(walk, signal);

      expect(names(rows)).toBe(all);
      expect(asked).toHaveLength(requests);
    },
  );

  test('collectRows() repeats the walk when the total changes and returns the stable one', async () => {
    const { walk } = aWalk((at, call) => (call === 1 ? serve('abc')(at) : serve('abcd')(at)));

    const rows = await collectRows(walk, signal);

    expect(names(rows)).toBe('abcd');
  });

  test('collectRows() repeats the walk when a name comes back with another value', async () => {
    const { walk } = aWalk((at, call) => {
      if (call === 2) return { rows: ['b=moved'], total: 3 };
      return serve('abc')(at);
    });

    const rows = await collectRows(walk, signal);

    expect(rows).toEqual([toRow('a'), toRow('b'), toRow('c')]);
  });

  test.each<[string, (at: OffsetPosition, call: number) => Answer, RegExp]>([
    ['a looped page', () => ({ rows: ['a', 'b'], total: 5 }), /repeated rows/],
    [
      'an early end',
      ({ offset }) => ({ rows: offset === 0 ? ['a', 'b'] : [], total: 5 }),
      /ended after 2 of 5/,
    ],
    ['more rows than the total', () => ({ rows: ['a', 'b'], total: 1 }), /total says 1/],
    [
      'a total that never rests',
      (at, call) => ({ ...serve('abcdef')(at), total: 10 + call }),
      /total changed/,
    ],
    [
      'a short page in the middle',
      ({ offset }) => ({ rows: offset === 0 ? ['a', 'b'] : [`c${offset}`], total: 9 }),
      /short/,
    ],
    [
      'an uneven page without a total',
      () => ({ rows: ['a', 'b', 'c'], total: null }),
      /ignore the limit/,
    ],
    [
      'a duplicate that hides a gap',
      ({ offset }) => ({ rows: [['a', 'b'], ['b', 'c'], []][offset / 2] ?? [], total: null }),
      /ended after 3/,
    ],
    ['two values of one name', () => ({ rows: ['a=1', 'a=2'], total: 2 }), /different content/],
  ])('collectRows() throws LISTING_INCOMPLETE on %s', async (_, answer, reason) => {
    const { walk, asked } = aWalk(answer);

    const listing = collectRows(walk, signal);

    await expect(listing).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
    await expect(listing).rejects.toThrow(reason);
    expect(asked.length).toBeLessThanOrEqual(9);
  });

  test('collectRows() gives up on a listing without end', async () => {
    let row = 0;
    const { walk, asked } = aWalk(() => ({ rows: [`${row++}`, `${row++}`], total: null }));

    const listing = collectRows(walk, signal);

    await expect(listing).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
    expect(asked).toHaveLength(6_000);
  });
});

describe('streamRows()', () => {
  test('streamRows() yields each name once over repeated walks', async () => {
    const { walk } = aWalk((at, call) => (call === 1 ? serve('abc')(at) : serve('abcd')(at)));

    const rows = await Array.fromAsync(streamRows(walk, signal));

    expect(names(rows)).toBe('abcd');
  });

  test('streamRows() throws rather than end early', async () => {
    const { walk } = aWalk(({ offset }) => ({ rows: offset === 0 ? ['a', 'b'] : [], total: 3 }));

    await expect(Array.fromAsync(streamRows(walk, signal))).rejects.toMatchObject({
      code: 'LISTING_INCOMPLETE',
    });
  });
});

describe('pages ahead', () => {
  test('streamRows() has two pages fetched while the reader works on one, and none beyond the total', async () => {
    const { walk, asked } = aWalk(serve('abcdefghi'));
    const ahead: number[] = [];

    for await (const { name } of streamRows(walk, signal)) {
      await sleep(5);
      if ('acegi'.includes(name)) ahead.push(asked.length);
    }

    expect(ahead).toEqual([3, 4, 5, 5, 5]);
    expect(asked.map(({ offset }) => offset)).toEqual([0, 2, 4, 6, 8]);
  });

  test('streamRows() yields the rows before a page that fails, then throws its error', async () => {
    const { walk } = aWalk((at) => {
      if (at.offset === 4) throw new Error('page 3 failed');
      return serve('abcdefgh')(at);
    });
    const read: string[] = [];

    const reading = (async () => {
      for await (const { name } of streamRows(walk, signal)) {
        await sleep(5);
        read.push(name);
      }
    })();

    await expect(reading).rejects.toThrow('page 3 failed');
    expect(read.join('')).toBe('abcd');
  });

  test('streamRows() ends what it fetches ahead when the reader stops', async () => {
    const ended: number[] = [];
    const { walk } = aWalk(serve('abcdefgh'));
    const noted: OffsetWalk<Row> = {
      ...walk,
      async fetchPage(at, own) {
        own.addEventListener('abort', () => ended.push(at.offset), { once: true });
        return await walk.fetchPage(at, own);
      },
    };

    for await (const { name } of streamRows(noted, signal)) if (name === 'b') break;

    expect(ended).toEqual([2, 4]);
  });

  test('collectRows() is complete when later pages are shorter than the first, whatever was fetched ahead', async () => {
    const all = 'abcdefghijklmnop';
    const { walk } = aWalk(
      ({ offset }) => ({
        rows: serve(all, { cap: offset < 4 ? 4 : 3 })({ offset, limit: 4 }).rows,
        total: all.length,
      }),
      { aligned: false, pageSize: 4 },
    );

    expect(names(await collectRows(walk, signal))).toBe(all);
  });
});

describe('findRow()', () => {
  test('findRow() asks for no page ahead and stops at the row', async () => {
    const { walk, asked } = aWalk(serve('abcdefgh'));

    const row = await findRow(walk, ({ name }) => name === 'c', signal);

    expect(row).toEqual(toRow('c'));
    expect(asked).toHaveLength(2);
  });

  test('findRow() is null only when a complete walk has none', async () => {
    const { walk } = aWalk(serve('abc'));
    const { walk: broken } = aWalk(({ offset }) => ({
      rows: offset === 0 ? ['a', 'b'] : [],
      total: 3,
    }));

    expect(await findRow(walk, ({ name }) => name === 'x', signal)).toBeNull();
    await expect(findRow(broken, ({ name }) => name === 'x', signal)).rejects.toMatchObject({
      code: 'LISTING_INCOMPLETE',
    });
  });
});
