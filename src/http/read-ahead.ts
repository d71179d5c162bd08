import { pMapIterable } from 'p-map';

/**
 * The same pages in the same order, the next one being fetched while the reader works on this one: for walks whose next page
 * is found in the page before it. A reader that stops, or aborts, ends the fetch as well; an error comes where its page would.
 */
export function readAhead<Page>(
  open: (signal: AbortSignal) => AsyncIterable<Page>,
  signal: AbortSignal,
): AsyncGenerator<Awaited<Page>> {
  return readEach(open, { read: (page) => page, ahead: 1 }, signal);
}

/** What is read for each item, in their order, at most `ahead` of them before their turn. Stops and fails as readAhead(). */
export async function* readEach<Item, Page>(
  open: (signal: AbortSignal) => AsyncIterable<Item>,
  wanted: {
    readonly read: (item: Item, signal: AbortSignal) => Page | Promise<Page>;
    readonly ahead: number;
  },
  signal: AbortSignal,
): AsyncGenerator<Awaited<Page>> {
  const stop = new AbortController();
  const own = AbortSignal.any([signal, stop.signal]);
  // The library keeps the order, and an error that nobody comes to see is none.
  const pages = pMapIterable(open(own), async (item) => [await wanted.read(item, own)] as const, {
    concurrency: wanted.ahead,
  });
  try {
    for await (const [page] of pages) {
      signal.throwIfAborted();
      yield page;
    }
  } finally {
    stop.abort();
  }
}

/** Pages whose places are known before they are read. */
export interface PagesAhead<Place, Page> {
  /** Fetches from these places in this order, unless it does so already. What is fetched from others is given up. */
  expect(places: readonly Place[]): void;
  /** The page from there, fetched ahead or now. */
  take(place: Place): Promise<Page>;
  /** Gives up what nobody has taken. */
  close(): void;
}

/** `keyOf` tells places apart. */
export function fetchAhead<Place, Page>(
  fetch: (place: Place, signal: AbortSignal) => Promise<Page>,
  keyOf: (place: Place) => string,
  signal: AbortSignal,
): PagesAhead<Place, Page> {
  const fetched = new Map<
    string,
    { readonly page: Promise<Page>; readonly stop: AbortController }
  >();

  const giveUp = (key: string): void => {
    fetched.get(key)?.stop.abort();
    fetched.delete(key);
  };
  const keepOnly = (wanted: ReadonlySet<string>): void => {
    for (const key of fetched.keys()) if (!wanted.has(key)) giveUp(key);
  };
  return {
    expect(places) {
      const wanted = new Map(places.map((place) => [keyOf(place), place]));
      keepOnly(new Set(wanted.keys()));
      for (const [key, place] of wanted) {
        if (fetched.has(key)) continue;
        const stop = new AbortController();
        const page = fetch(place, AbortSignal.any([signal, stop.signal]));
        // Whoever takes it gets the error; nobody may.
        page.catch(() => {});
        fetched.set(key, { page, stop });
      }
    },
    async take(place) {
      const key = keyOf(place);
      const ahead = fetched.get(key);
      if (ahead === undefined) keepOnly(new Set());
      fetched.delete(key);
      return await (ahead?.page ?? fetch(place, signal));
    },
    close: () => keepOnly(new Set()),
  };
}
