import { type Distortion, type Incoming, type Reply, readQuery, renderJson } from './exchange.ts';
import type { Switches } from './switches.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** A window over a v2 listing. */
export interface Window {
  readonly limit: number;
  readonly offset: number;
}

/** A query parameter, or the same key in the older `filter=key::value|key::value` parameter. */
export function readFilter(incoming: Incoming, name: string): string | null {
  const direct = readQuery(incoming, name);
  if (direct !== null) return direct;
  for (const pair of (readQuery(incoming, 'filter') ?? '').split('|')) {
    const mark = pair.indexOf('::');
    if (mark > 0 && pair.slice(0, mark) === name) return pair.slice(mark + 2);
  }
  return null;
}

/** `null` when the numbers are refused. */
export function parseWindow(incoming: Incoming, switches: Switches['swr']): Window | null {
  const limit = Number(readFilter(incoming, 'limit') ?? DEFAULT_LIMIT);
  const offset = Number(readFilter(incoming, 'offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return null;
  if (!Number.isInteger(offset) || offset < 0) return null;
  if (switches.offsetMustBeMultiple && offset % limit !== 0) return null;
  return { limit: Math.min(limit, switches.maxLimit ?? limit), offset };
}

export interface Listing<Row> {
  readonly rows: readonly Row[];
  readonly window: Window;
  readonly switches: Switches['swr'];
  readonly distortion: Distortion | null;
  readonly render: (row: Row, total: number) => unknown;
}

/** A bare array with `Content-Range: offset-count/total`. */
export function renderPage<Row>(listing: Listing<Row>): Reply {
  const { rows, window, switches, distortion, render } = listing;
  const offset = switches.ignoreLimit || distortion === 'cursor-loop' ? 0 : window.offset;
  const end = switches.ignoreLimit ? rows.length : offset + window.limit;
  const page = rows.slice(offset, end);
  const total = rows.length + (distortion === 'total-mismatch' ? 7 : 0);
  const body = distortion === 'null-tags' ? null : page.map((row) => render(row, total));
  return renderJson(200, body, { 'content-range': `${offset}-${page.length}/${total}` });
}

/** Page size of a v3 listing, `null` when refused. */
export function parseLimit(incoming: Incoming): number | null {
  const limit = Number(readQuery(incoming, 'limit') ?? DEFAULT_LIMIT);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT ? limit : null;
}
