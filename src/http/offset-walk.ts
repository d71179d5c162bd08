import { ReconcileError } from '../model/errors.ts';
import { fetchAhead } from './read-ahead.ts';

/** Where a page starts and how many rows it is asked for. */
export interface OffsetPosition {
  readonly offset: number;
  readonly limit: number;
}

export interface OffsetPage<Row> {
  readonly rows: readonly Row[];
  /** Rows of the whole listing; null: not stated, so only an empty page proves the end. */
  readonly total: number | null;
}

/** A listing that is paged by offset while others write to it. */
export interface OffsetWalk<Row> {
  /** What is listed, for messages: `tags of "swr-north/shop/web"`. */
  readonly subject: string;
  readonly pageSize: number;
  /** Offsets must be multiples of the page size. */
  readonly aligned: boolean;
  readonly fetchPage: (at: OffsetPosition, signal: AbortSignal) => Promise<OffsetPage<Row>>;
  readonly nameOf: (row: Row) => string;
  /** False: two rows of one name show that the listing moved during the walk. */
  readonly agree: (left: Row, right: Row) => boolean;
}

/** Rows of one page that its walk had not seen before; walks count from 1. */
interface WalkedPage<Row> {
  readonly walk: number;
  readonly rows: readonly Row[];
}

type Step =
  | { readonly type: 'done' }
  | { readonly type: 'more'; readonly at: OffsetPosition }
  | { readonly type: 'broken'; readonly reason: string };

const MAX_WALKS = 3;
const MAX_PAGES = 2_000;
const MAX_ROWS = 200_000;
/** Pages fetched before their turn, by those who want the whole listing. */
const PAGES_AHEAD = 2;

/** The first row that is wanted; null: a complete walk has none. Asks for no page ahead. Throws LISTING_INCOMPLETE. */
export async function findRow<Row>(
  walk: OffsetWalk<Row>,
  isWanted: (row: Row) => boolean,
  signal: AbortSignal,
): Promise<Row | null> {
  for await (const { rows } of walkPages(walk, 0, signal)) {
    const found = rows.find(isWanted);
    if (found !== undefined) return found;
  }
  return null;
}

/** The rows of the walk that was proved complete, each name once; throws LISTING_INCOMPLETE. */
export async function collectRows<Row>(walk: OffsetWalk<Row>, signal: AbortSignal): Promise<Row[]> {
  let rows: Row[] = [];
  let current = 1;
  for await (const page of walkPages(walk, PAGES_AHEAD, signal)) {
    if (page.walk !== current) rows = [];
    current = page.walk;
    rows.push(...page.rows);
  }
  return rows;
}

/** Rows as they arrive, each name once over all walks; throws LISTING_INCOMPLETE rather than end early. */
export async function* streamRows<Row>(
  walk: OffsetWalk<Row>,
  signal: AbortSignal,
): AsyncGenerator<Row> {
  const seen = new Set<string>();
  for await (const { rows } of walkPages(walk, PAGES_AHEAD, signal)) {
    for (const row of rows) {
      if (seen.has(walk.nameOf(row))) continue;
      seen.add(walk.nameOf(row));
      yield row;
    }
  }
}

interface WalkOptions {
  readonly count: number;
  readonly pagesAhead: number;
}

/**
 * Walks until one walk is proved complete: every row up to a total that never changed. A walk that loops, ends
 * early or contradicts itself is repeated, three in all; then throws LISTING_INCOMPLETE.
 */
async function* walkPages<Row>(
  walk: OffsetWalk<Row>,
  pagesAhead: number,
  signal: AbortSignal,
): AsyncGenerator<WalkedPage<Row>> {
  const reasons = new Set<string>();
  for (let count = 1; count <= MAX_WALKS; count += 1) {
    const end = yield* walkOnce(walk, { count, pagesAhead }, signal);
    if (end.type === 'done') return;
    reasons.add(end.reason);
  }
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot list ${walk.subject}: ${[...reasons].join('; ')} (${MAX_WALKS} walks), a complete and stable listing was wanted`,
  );
}

async function* walkOnce<Row>(
  walk: OffsetWalk<Row>,
  { count, pagesAhead }: WalkOptions,
  signal: AbortSignal,
): AsyncGenerator<WalkedPage<Row>, Exclude<Step, { type: 'more' }>> {
  const keyOf = ({ offset, limit }: OffsetPosition): string => `${offset}+${limit}`;
  const pages = fetchAhead(walk.fetchPage, keyOf, signal);
  const seen = new Map<string, Row>();
  let at: OffsetPosition = { offset: 0, limit: walk.pageSize };
  let total: number | null = null;
  let received = 0;

  try {
    for (let read = 1; read <= MAX_PAGES && seen.size <= MAX_ROWS; read += 1) {
      const page = await pages.take(at);
      const fresh = takeFresh(walk, seen, page.rows);
      if (fresh === null) return broken('a name came twice with different content');
      if (changed(total, page.total)) return broken('its total changed while it was read');

      total = page.total ?? total;
      received += page.rows.length;
      const step = nextStep(at, walk.aligned, {
        rows: page.rows.length,
        fresh: fresh.length,
        held: seen.size,
        received,
        total,
      });
      if (step.type === 'more') {
        pages.expect(placesFrom(step.at, { stride: page.rows.length, total, pagesAhead }));
      }
      yield { walk: count, rows: fresh };
      if (step.type !== 'more') return step;
      at = step.at;
    }
    return broken(`it has more than ${MAX_PAGES} pages or ${MAX_ROWS} rows`);
  } finally {
    pages.close();
  }
}

/** The pages to come if each has as many rows as the last one. Only a total tells that there are any: none is asked for in vain. */
function placesFrom(
  at: OffsetPosition,
  { stride, total, pagesAhead }: { stride: number; total: number | null; pagesAhead: number },
): readonly OffsetPosition[] {
  return Array.from({ length: pagesAhead }, (_, index) => ({
    ...at,
    offset: at.offset + index * stride,
  })).filter(({ offset }) => offset < (total ?? 0));
}

/** Notes the rows by name; returns those that are new, or null when two of one name disagree. */
function takeFresh<Row>(
  walk: OffsetWalk<Row>,
  seen: Map<string, Row>,
  rows: readonly Row[],
): Row[] | null {
  const fresh: Row[] = [];
  for (const row of rows) {
    const name = walk.nameOf(row);
    const known = seen.get(name);
    if (known !== undefined && !walk.agree(known, row)) return null;
    if (known !== undefined) continue;
    seen.set(name, row);
    fresh.push(row);
  }
  return fresh;
}

function changed(before: number | null, after: number | null): boolean {
  return before !== null && after !== null && before !== after;
}

interface Progress {
  /** Rows of this page, and how many of them were new. */
  readonly rows: number;
  readonly fresh: number;
  /** Different names so far, and rows received for them. */
  readonly held: number;
  readonly received: number;
  readonly total: number | null;
}

function nextStep(at: OffsetPosition, aligned: boolean, progress: Progress): Step {
  const { rows, fresh, held, received, total } = progress;
  if (held === total) return { type: 'done' };
  if (total !== null && held > total) return broken(`it has ${held} rows, its total says ${total}`);
  if (rows === 0) {
    if (total === null && received === held) return { type: 'done' };
    return broken(`it ended after ${held} of ${total ?? 'an unknown number of'} rows`);
  }
  if (fresh === 0) return broken('a page repeated rows already seen');
  return advance(at, aligned, progress);
}

function advance(at: OffsetPosition, aligned: boolean, { rows, total }: Progress): Step {
  const offset = at.offset + rows;
  if (!aligned || offset % at.limit === 0) return { type: 'more', at: { ...at, offset } };
  if (rows > at.limit) return broken('its pages ignore the limit');
  // The region's own cap is below our limit: go on with pages of its size, which keeps offsets aligned.
  if (at.offset === 0) return { type: 'more', at: { offset, limit: rows } };
  if (total === null) return { type: 'more', at: { ...at, offset: at.offset + at.limit } };
  return broken('a page in the middle was short');
}

function broken(reason: string): { readonly type: 'broken'; readonly reason: string } {
  return { type: 'broken', reason };
}
