import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fetchAhead, readAhead, readEach } from '../../src/http/read-ahead.ts';
import { calm } from './support/failure.ts';

/** A walk that notes which pages were fetched, and whether the last fetch was ended. */
function aWalk(pages: number, failsAt = Number.POSITIVE_INFINITY) {
  const fetched: number[] = [];
  const seen = { ended: false };
  const open = async function* (signal: AbortSignal): AsyncGenerator<number> {
    for (let page = 1; page <= pages; page += 1) {
      fetched.push(page);
      try {
        await sleep(2, undefined, { signal });
      } catch (error) {
        seen.ended = true;
        throw error;
      }
      if (page === failsAt) throw new Error(`page ${page} failed`);
      yield page;
    }
  };
  return { open, fetched, seen };
}

describe('readAhead()', () => {
  test('keeps the order, and fetches one page while the one before it is worked on', async () => {
    const { open, fetched } = aWalk(5);
    const read: number[] = [];
    const ahead: number[] = [];

    for await (const page of readAhead(open, calm())) {
      await sleep(20);
      read.push(page);
      ahead.push(fetched.length);
    }

    expect(read).toEqual([1, 2, 3, 4, 5]);
    expect(ahead).toEqual([2, 3, 4, 5, 5]);
  });

  test('throws an error where its page would come', async () => {
    const { open, fetched } = aWalk(5, 3);
    const read: number[] = [];

    const reading = (async () => {
      for await (const page of readAhead(open, calm())) {
        await sleep(20);
        read.push(page);
      }
    })();

    await expect(reading).rejects.toThrow('page 3 failed');
    expect(read).toEqual([1, 2]);
    expect(fetched).toEqual([1, 2, 3]);
  });

  test('ends the fetch of a reader that stops, without an error that nobody handles', async () => {
    const { open, fetched, seen } = aWalk(5);

    for await (const page of readAhead(open, calm())) if (page === 2) break;
    await sleep(20);

    expect(fetched).toEqual([1, 2, 3]);
    expect(seen.ended).toBe(true);
  });

  test('gives no page to a reader that was aborted, not even one that is there', async () => {
    const stop = new AbortController();
    const { open } = aWalk(5);
    const read: number[] = [];

    const reading = (async () => {
      for await (const page of readAhead(open, stop.signal)) {
        read.push(page);
        await sleep(20);
        stop.abort(new Error('stopped'));
      }
    })();

    await expect(reading).rejects.toThrow('stopped');
    expect(read).toEqual([1]);
  });

  test('ends a wait for a page at once when it is aborted', async () => {
    const stop = new AbortController();
    const open = async function* (signal: AbortSignal): AsyncGenerator<number> {
      await sleep(60_000, undefined, { signal });
      yield 1;
    };

    const first = readAhead(open, stop.signal).next();
    stop.abort(new Error('stopped'));

    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('readEach()', () => {
  test('reads no more items at once than wanted, and keeps their order', async () => {
    const { open } = aWalk(6);
    let reading = 0;
    let most = 0;
    const read = async (item: number) => {
      reading += 1;
      most = Math.max(most, reading);
      await sleep(item % 2 === 0 ? 5 : 25);
      reading -= 1;
      return item * 10;
    };

    const found = await Array.fromAsync(readEach(open, { read, ahead: 2 }, calm()));

    expect(found).toEqual([10, 20, 30, 40, 50, 60]);
    expect(most).toBe(2);
  });
});

describe('fetchAhead()', () => {
  /** Pages that come when they are told to. */
  function aSource(signal = calm()) {
    const asked: number[] = [];
    const stopped: number[] = [];
    const pages = fetchAhead(
      async (place: number, own: AbortSignal) => {
        asked.push(place);
        own.addEventListener('abort', () => stopped.push(place), { once: true });
        await sleep(2);
        if (place === 13) throw new Error('no page 13');
        return `page ${place}`;
      },
      String,
      signal,
    );
    return { pages, asked, stopped };
  }

  test('take() hands over what was expected, and fetches it once', async () => {
    const { pages, asked } = aSource();

    pages.expect([1, 2]);
    const first = await pages.take(1);
    pages.expect([2, 3]);
    const second = await pages.take(2);

    expect([first, second]).toEqual(['page 1', 'page 2']);
    expect(asked).toEqual([1, 2, 3]);
  });

  test('take() of another place gives up what was expected', async () => {
    const { pages, asked, stopped } = aSource();

    pages.expect([1, 2]);
    const page = await pages.take(7);

    expect(page).toBe('page 7');
    expect(asked).toEqual([1, 2, 7]);
    expect(stopped).toEqual([1, 2]);
  });

  test('take() throws the error of its own page, and nobody that of a page not taken', async () => {
    const { pages } = aSource();

    pages.expect([12, 13]);
    await expect(pages.take(12)).resolves.toBe('page 12');
    await sleep(20);
    await expect(pages.take(13)).rejects.toThrow('no page 13');
    pages.expect([13]);
    await sleep(20);
    pages.close();
  });

  test('close() ends what nobody has taken', async () => {
    const { pages, stopped } = aSource();

    pages.expect([1, 2]);
    await pages.take(1);
    pages.close();

    expect(stopped).toEqual([2]);
  });

  test('ends all fetches when the reader is aborted', () => {
    const stop = new AbortController();
    const { pages, stopped } = aSource(stop.signal);

    pages.expect([1, 2]);
    stop.abort();

    expect(stopped).toEqual([1, 2]);
  });
});
