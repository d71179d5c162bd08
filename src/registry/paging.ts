import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { callRegistry } from './call.ts';
import { nextLink, targetWithin } from './link.ts';
import type { Registry } from './registry.ts';

/** A list of names that is read page by page. */
export interface NameWalk {
  readonly operation: string;
  /** What is listed, for messages. */
  readonly subject: string;
  /** Below `/v2/`, such as `shop/web/tags/list`. */
  readonly path: string;
  readonly scopes: readonly string[];
  /** Names of an answer; null: it says null instead of names. Throws for one that is none. */
  readonly namesOf: (response: ApiResponse) => readonly string[] | null;
  /** The most that are believed; default a million. */
  readonly maxNames?: number;
}

/** Registries give fewer as they like; some refuse to be asked for so many, and are asked for a tenth. */
const LARGEST_PAGE = 1_000;
const SMALLEST_PAGE = 10;
const MAX_PAGES = 10_000;
/** About 200 MB; a list without an end must not take the process with it. */
const MAX_NAMES = 1_000_000;

interface Walk {
  readonly registry: Registry;
  readonly walk: NameWalk;
  readonly seen: Set<string>;
  readonly visited: Set<string>;
  pageSize: number;
  /** The last two names of the latest page that brought any that were new, as they came. */
  tail: readonly string[];
  /** The page before this one named it. */
  isPromised: boolean;
  /** The server has named a next page, so a smaller one without is the last. */
  hasLinks: boolean;
  /** Names of the largest page so far: servers that give fewer than asked for fill their pages to this. */
  largest: number;
  /** The page before this one was the end, unless its Link was lost. */
  isProbing: boolean;
  /** The server answered more than was asked for, so it knows no pages. */
  isUnpaged: boolean;
}

interface Page {
  readonly names: readonly string[];
  readonly fresh: readonly string[];
  readonly hasNext: boolean;
  /** Path and query that the registry names for the next page; null: none that can be followed. */
  readonly next: string | null;
}

/**
 * Every name, in pages as they come and none twice. `Link` is followed on the registry's own host, else `last` is built: a
 * registry that never sent one may still have cut the page, so it is asked on until nothing new comes (oci-distribution.md
 * section 2). Throws LISTING_INCOMPLETE when the end cannot be proved.
 */
export async function* walkNames(
  registry: Registry,
  walk: NameWalk,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const state: Walk = {
    registry,
    walk,
    seen: new Set(),
    visited: new Set(),
    pageSize: LARGEST_PAGE,
    tail: [],
    isPromised: false,
    hasLinks: false,
    largest: 0,
    isProbing: false,
    isUnpaged: false,
  };
  let barren = 0;
  let at: string | null = pageAt(walk, state.pageSize, null);
  while (at !== null) {
    const page = await readPage(state, at, signal);
    if (page.fresh.length > 0) yield page.fresh;
    barren = page.fresh.length > 0 ? 0 : barren + 1;
    if (page.hasNext && barren > 1) throw incomplete(walk, 'its pages bring nothing new');
    // Links that cannot be guessed go with servers that answer their first page instead.
    if (state.isProbing && page.fresh.length === 0) return;
    state.isProbing = false;
    state.isPromised = page.hasNext;
    at = nextOf(state, page) ?? (await afterPage(state, page, signal));
  }
}

/** A page that was read before is not asked again: the walk goes on from the last new name, as that answer alone may have been wrong. */
function nextOf({ walk, visited, tail, pageSize }: Walk, { next }: Page): string | null {
  if (next === null || !visited.has(next)) return next;
  const last = tail.at(-1) ?? null;
  const further = pageAt(walk, pageSize, last);
  if (last !== null && !visited.has(further)) return further;
  throw incomplete(walk, 'it names a page that was read before');
}

async function readPage(state: Walk, at: string, signal: AbortSignal): Promise<Page> {
  const { walk, visited } = state;
  if (visited.has(at)) throw incomplete(walk, 'it names a page that was read before');
  if (visited.size === MAX_PAGES) throw incomplete(walk, `it goes on after ${MAX_PAGES} pages`);
  visited.add(at);
  const response = await request(state, at, signal);
  if (response.status === 400 && visited.size === 1 && state.pageSize > SMALLEST_PAGE) {
    state.pageSize /= 10;
    visited.clear();
    return await readPage(state, pageAt(walk, state.pageSize, null), signal);
  }
  const link = nextLink(response.headers['link']);
  const named = walk.namesOf(response);
  if (named === null && (link !== null || state.isPromised)) return await readAgain(state, signal);
  const names = named ?? [];
  const fresh = takeFresh(state, names);
  const base = new URL(at.startsWith('/') ? at : `/v2/${at}`, state.registry.endpoint).href;
  const next = link === null ? null : targetWithin(link, base);
  if (link !== null) {
    state.hasLinks = true;
    state.largest = Math.max(state.largest, names.length);
  }
  if (names.length > state.pageSize) state.isUnpaged = true;
  return { names, fresh, hasNext: link !== null, next };
}

/** The names that no earlier page had, which from now on are known. */
function takeFresh(state: Walk, names: readonly string[]): readonly string[] {
  const fresh = [...new Set(names)].filter((name) => !state.seen.has(name));
  for (const name of fresh) state.seen.add(name);
  const { maxNames = MAX_NAMES } = state.walk;
  if (state.seen.size > maxNames)
    throw incomplete(state.walk, `it has more than ${maxNames} names`);
  if (fresh.length > 0) state.tail = [...state.tail, ...names.slice(-2)].slice(-2);
  return fresh;
}

/**
 * Null where more was promised is an end only if the registry repeats the last name when it is asked from the one before:
 * some end their lists so, and a list that broke down looks the same.
 */
async function readAgain(state: Walk, signal: AbortSignal): Promise<Page> {
  const { walk, pageSize, tail, visited } = state;
  const last = tail.at(-1);
  const at = pageAt(walk, pageSize, tail.at(-2) ?? null);
  const broken = incomplete(walk, 'a page that was promised has null for its names');
  if (last === undefined || visited.has(at)) throw broken;
  state.isPromised = true;
  const page = await readPage(state, at, signal);
  if (page.names.includes(last)) return page;
  throw broken;
}

/** Where to go on when no Link says it; null: this was the end. */
async function afterPage(state: Walk, page: Page, signal: AbortSignal): Promise<string | null> {
  const { walk, visited, pageSize } = state;
  const { names, fresh, hasNext } = page;
  const last = names.at(-1);
  if (hasNext && last === undefined) {
    throw incomplete(walk, 'it names a next page on another host and gives no name to go on from');
  }
  const isFull = names.length >= pageSize;
  // A page as full as those that named a next one may have lost its Link on the way.
  const isEnd = state.hasLinks && names.length < Math.min(pageSize, state.largest);
  if (last === undefined || (isEnd && !hasNext)) return null;
  state.isProbing = state.hasLinks && !hasNext && !isFull;
  const further = pageAt(walk, pageSize, last);
  // Asking the same again would tell nothing, even when a name has come in meanwhile.
  if (fresh.length > 0 && !visited.has(further)) return further;
  // The same again: `last` is not understood. Nothing was cut when there are no pages at all.
  if (!hasNext && (!isFull || (await knowsNoPages(state, page, signal)))) return null;
  throw incomplete(walk, 'a full page is followed by itself');
}

async function knowsNoPages(state: Walk, { names }: Page, signal: AbortSignal): Promise<boolean> {
  if (state.isUnpaged) return true;
  const asked = Math.floor(names.length / 2);
  const at = pageAt(state.walk, asked, null);
  const answer = state.walk.namesOf(await request(state, at, signal)) ?? [];
  return answer.length > asked && answer.every((name) => state.seen.has(name));
}

async function request(
  { registry, walk }: Walk,
  at: string,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const call = { operation: walk.operation, method: 'GET', scopes: walk.scopes } as const;
  const response = at.startsWith('/')
    ? await registry.http.send({ ...call, segments: [], rawTarget: at, idempotent: true }, signal)
    : await callRegistry(registry, { ...call, path: at, idempotent: true }, signal);
  if (response !== null) return response;
  throw incomplete(walk, 'a page has no answer');
}

/** Names are of the tag and repository grammars, so they need no encoding but that of the slash. */
function pageAt({ path }: NameWalk, size: number, last: string | null): string {
  return `${path}?n=${size}${last === null ? '' : `&last=${encodeURIComponent(last)}`}`;
}

function incomplete({ subject }: NameWalk, what: string): ReconcileError {
  return new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot list ${subject}: ${what}, a list with an end was wanted`,
  );
}
