import { type Call, readQuery, renderJson } from './exchange.ts';
import { originOf } from './oci-auth.ts';
import { digestBytes } from './oci-image.ts';
import {
  findRepository,
  type OciPlace,
  type OciRequest,
  refuse,
  toOciRead,
} from './oci-request.ts';
import type { TagRecord } from './tag-record.ts';

const CATALOG_PAGE = 100;

type Order = 'bytes' | 'ignore-case' | 'none';
type Page = { readonly rows: readonly string[]; readonly last: string | null };

/** end-8: the names of a repository's tags. */
export function listTags(place: OciPlace): Call {
  return toOciRead('ListTags', place.name, ({ distortion }) => {
    const found = findRepository(place);
    const { switches, name } = place;
    const isEmpty = found?.tags.size === 0;
    if (found === null || (isEmpty && switches.emptyTags === '404')) return refuse('nameUnknown');
    const { sorted, rank } = sortNames(found.tags, switches.order);
    const page = readPage(place, {
      sorted,
      rank,
      looping: distortion === 'cursor-loop',
      size: null,
    });
    if (page === null) return refuse('pageInvalid');
    const isNull = distortion === 'null-tags' || (isEmpty && switches.emptyTags === 'null');
    return renderJson(
      200,
      { name, tags: isNull ? null : page.rows },
      renderLink(place, { path: `/v2/${name}/tags/list`, last: page.last }),
    );
  });
}

/** The names of all repositories: no part of the specification. */
export function listCatalog(request: OciRequest): Call {
  return toOciRead('ListCatalog', '', ({ distortion }) => {
    const sorted = request.backend.names().toSorted();
    const rank = (name: string): string => name;
    const looping = distortion === 'cursor-loop';
    const page = readPage(request, { sorted, rank, looping, size: CATALOG_PAGE });
    if (page === null) return refuse('pageInvalid');
    return renderJson(
      200,
      { repositories: distortion === 'null-tags' ? null : page.rows },
      renderLink(request, { path: '/v2/_catalog', last: page.last }),
    );
  });
}

interface Rows {
  readonly sorted: readonly string[];
  readonly rank: (name: string) => string;
  readonly looping: boolean;
  /** Rows of a page when the caller names no number. */
  readonly size: number | null;
}

/** `null` when `n` is unusable. The page ends with `last` when more rows follow. */
function readPage(request: OciRequest, rows: Rows): Page | null {
  const { sorted, rank, looping, size } = rows;
  const { incoming, switches } = request;
  if (switches.ignoreN && size === null) return { rows: sorted, last: null };
  const limit = readLimit(request, size);
  if (limit === null) return null;
  const after = readCursor(readQuery(incoming, 'last'), readQuery(incoming, 'page'));
  const start = after === null || looping ? 0 : findAfter(sorted, rank, after);
  const page = sorted.slice(start, start + limit);
  const more = start + limit < sorted.length && limit > 0;
  return { rows: page, last: more || looping ? (page.at(-1) ?? null) : null };
}

function readLimit({ incoming, switches }: OciRequest, size: number | null): number | null {
  const text = readQuery(incoming, 'n');
  if (text !== null && !/^\d+$/.test(text)) return null;
  const cap = switches.maxN ?? Number.POSITIVE_INFINITY;
  const asked = text === null ? (size ?? cap) : Number(text);
  return asked > cap && switches.overN === '400' ? null : Math.min(asked, cap);
}

function readCursor(last: string | null, page: string | null): string | null {
  return page === null ? last : Buffer.from(page, 'base64url').toString('utf8');
}

/** `last` is exclusive and need not exist any more. */
function findAfter(
  sorted: readonly string[],
  rank: (name: string) => string,
  last: string,
): number {
  const wanted = rank(last);
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rank(sorted[middle] ?? '') <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function renderLink(
  { incoming, switches }: OciRequest,
  { path, last }: { readonly path: string; readonly last: string | null },
): Readonly<Record<string, string>> {
  if (last === null || !switches.link) return {};
  const query = new URLSearchParams();
  const n = readQuery(incoming, 'n');
  if (n !== null) query.set('n', n);
  if (switches.linkStyle === 'opaque') query.set('page', Buffer.from(last).toString('base64url'));
  else query.set('last', last);
  const origin = {
    relative: '',
    opaque: '',
    absolute: originOf(incoming),
    foreign: 'http://registry.invalid',
  }[switches.linkStyle];
  return { link: `<${origin}${path}?${query.toString()}>; rel="next"` };
}

interface Sorted {
  readonly sorted: readonly string[];
  readonly rank: (name: string) => string;
}

interface Cached {
  readonly order: Order;
  readonly names: readonly string[];
  readonly sorted: readonly string[];
}

/** Sorting 50,000 names for each of fifty pages would be most of a listing's time. */
const cache = new WeakMap<Map<string, TagRecord>, Cached>();

function sortNames(tags: Map<string, TagRecord>, order: Order): Sorted {
  const rank = RANKS[order];
  const known = cache.get(tags);
  if (known?.order === order && hasNames(tags, known.names)) return { sorted: known.sorted, rank };
  const names = [...tags.keys()];
  const ranked = names.map((name) => ({ name, key: rank(name) }));
  ranked.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const sorted = ranked.map(({ name }) => name);
  cache.set(tags, { order, names, sorted });
  return { sorted, rank };
}

function hasNames(tags: ReadonlyMap<string, TagRecord>, names: readonly string[]): boolean {
  if (tags.size !== names.length) return false;
  let index = 0;
  for (const name of tags.keys()) {
    if (name !== names[index]) return false;
    index += 1;
  }
  return true;
}

const RANKS = {
  bytes: (name: string) => name,
  // The name itself parts two that differ by case only.
  'ignore-case': (name: string) => `${name.toLowerCase()} ${name}`,
  // No order a caller could guess, yet the same on every page.
  none: (name: string) => digestBytes(name),
} as const satisfies Record<Order, (name: string) => string>;
