import { fetchAhead } from '../../http/read-ahead.ts';
import type { ApiResponse } from '../../http/request.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { ListedTag } from '../../model/tag.ts';
import type { Attributes } from '../../model/target.ts';
import { incomplete, parseBody, type Question } from './answer.ts';
import { TaggedImages } from './schema.ts';
import type { ImsConnection } from './tags.ts';

/** An image as a page of the query tells it. */
export interface TaggedImage {
  readonly id: string;
  readonly attributes: Attributes;
  /** Null: what the page says is not the complete tags of an image. */
  readonly tags: readonly ListedTag[] | null;
}

/** What became of a walk over all images. */
export interface QueryWalk {
  /** Ids that were told. */
  readonly seen: ReadonlySet<string>;
  /** True once the pages proved to name every image that the call knows. */
  readonly isComplete: () => boolean;
  pages(signal: AbortSignal): AsyncGenerator<readonly TaggedImage[]>;
}

// Source: ListImageByTags: `limit` is a string, 1–1000.
const PAGE_SIZE = 1_000;

/**
 * Walks all images with their tags, 1,000 a page. Pages are told apart by offset over a list that may change meanwhile, so
 * what each image says of itself holds, and that none is missing only when the walk is complete. Source: ListImageByTags.
 */
export function createQueryWalk(connection: ImsConnection): QueryWalk {
  const seen = new Set<string>();
  let complete = false;
  return {
    seen,
    isComplete: () => complete,
    async *pages(signal) {
      const state: State = { seen, total: null, offset: 0, untagged: 0, isSound: true };
      yield* walkPages(connection, state, signal);
      complete = isWhole(state) && (await namesUntagged(connection, state, signal));
    },
  };
}

async function* walkPages(
  connection: ImsConnection,
  state: State,
  signal: AbortSignal,
): AsyncGenerator<readonly TaggedImage[]> {
  // The cloud and we work side by side, and the next answer is there when we are done with this one. It is read when it is
  // its turn: until then its text takes less room, and gives the collector less to copy, than what it says.
  const fetch = async (offset: number, during: AbortSignal) =>
    await fetchPage(connection, offset, during);
  const pages = fetchAhead(fetch, String, signal);
  try {
    for (;;) {
      const page = readPage(connection, await pages.take(state.offset));
      const { images, isLast } = take(state, page);
      if (!isLast) pages.expect(placesAfter(state, page));
      yield images;
      signal.throwIfAborted();
      if (isLast) return;
    }
  } finally {
    pages.close();
  }
}

/** Pages asked for before their turn. A request may wait for its share of the budget while the store compares a page. */
const AHEAD = 6;

/** Where the next pages begin. Only behind a full page is that known of more than one. */
function placesAfter({ offset, total }: State, { images }: Page): readonly number[] {
  const most = images.length === PAGE_SIZE ? AHEAD : 1;
  const places = Array.from({ length: most }, (_, at) => offset + at * PAGE_SIZE);
  return places.filter((place, at) => at === 0 || place < (total ?? 0));
}

interface State {
  readonly seen: Set<string>;
  total: number | null;
  /** Rows received. */
  offset: number;
  untagged: number;
  /** False once pages contradicted each other. */
  isSound: boolean;
}

interface Page {
  readonly total: number;
  readonly images: readonly TaggedImage[];
}

/** Notes a page; gives what was not told before. */
function take(
  state: State,
  { total, images }: Page,
): { readonly images: readonly TaggedImage[]; readonly isLast: boolean } {
  const { seen } = state;
  const fresh = images.filter(({ id, tags }) => {
    if (seen.has(id)) return false;
    seen.add(id);
    if (tags?.length === 0) state.untagged += 1;
    return true;
  });
  if (total !== (state.total ?? total) || fresh.length < images.length) state.isSound = false;
  state.total = total;
  state.offset += images.length;
  // No end is taken on trust alone: a page that brings nothing new ends any walk.
  return { images: fresh, isLast: fresh.length === 0 || state.offset >= total };
}

function isWhole({ seen, total, isSound }: State): boolean {
  // Of an empty answer the list of images is asked as well: it costs one call.
  return isSound && seen.size > 0 && seen.size === total;
}

/** No document says that a query without a filter names images without a tag. One that was named proves it, else their number. */
async function namesUntagged(
  connection: ImsConnection,
  { untagged }: State,
  signal: AbortSignal,
): Promise<boolean> {
  if (untagged > 0) return true;
  const counted = await send(connection, { action: 'count', without_any_tag: true }, signal);
  return readPage(connection, counted).total === 0;
}

async function fetchPage(
  connection: ImsConnection,
  offset: number,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  const page = { limit: String(PAGE_SIZE), offset: String(offset) };
  return await send(connection, { action: 'filter', ...page }, signal);
}

const OPERATION = 'ListImageByTags';

async function send(
  { account, http }: ImsConnection,
  body: Readonly<Record<string, string | boolean>>,
  signal: AbortSignal,
): Promise<ApiResponse | null> {
  return await http.send(
    {
      operation: OPERATION,
      method: 'POST',
      segments: ['v2', account.projectId, 'images', 'resource_instances', 'action'],
      body: JSON.stringify(body),
      // It only reads.
      idempotent: true,
    },
    signal,
  );
}

function readPage({ account }: ImsConnection, response: ApiResponse | null): Page {
  const question = { account: account.name, operation: OPERATION, subject: 'all images' };
  const { total_count: total, resources } = parseBody(TaggedImages, question, response);
  return { total, images: resources.map((resource) => toImage(question, resource)) };
}

/** Without an id nobody knows whose tags they are, so that the page as a whole is none. */
function toImage(question: Question, resource: unknown): TaggedImage {
  const { resource_id: id, resource_name: name, resource_detail, tags } = fieldsOf(resource);
  if (!isText(id)) throw incomplete(question, 'an image has no id');
  const attributes: Record<string, string> = { id };
  const { status } = fieldsOf(resource_detail);
  if (isText(name)) attributes['name'] = name;
  if (isText(status)) attributes['status'] = status;
  return { id, attributes, tags: toTags(tags) };
}

type Field =
  | 'resource_id'
  | 'resource_name'
  | 'resource_detail'
  | 'tags'
  | 'status'
  | 'key'
  | 'value';
const NO_FIELDS: Readonly<Partial<Record<Field, unknown>>> = {};

function fieldsOf(value: unknown): Readonly<Partial<Record<Field, unknown>>> {
  return typeof value === 'object' && value !== null ? value : NO_FIELDS;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Null: not told, or not the complete tags of an image. */
function toTags(listed: unknown): readonly ListedTag[] | null {
  if (!Array.isArray(listed)) return null;
  const tags: ListedTag[] = [];
  for (const pair of listed as readonly unknown[]) {
    const { key, value } = fieldsOf(pair);
    if (!isText(key) || typeof value !== 'string' || tags.some(({ name }) => name === key)) {
      return null;
    }
    tags.push({ name: key, value, createdAt: null, updatedAt: null });
  }
  return tags;
}

/** What makes the query useless while the list of images may still come. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'LISTING_INCOMPLETE',
  'PROVIDER_CONFLICT',
  'PROVIDER_FORBIDDEN',
  'PROVIDER_NOT_FOUND',
  'PROVIDER_REJECTED',
  'PROVIDER_UNAVAILABLE',
]);
/** How a region answers that does not have the call, or does not let this account use it. */
const REFUSALS: ReadonlySet<string> = new Set([
  'PROVIDER_FORBIDDEN',
  'PROVIDER_NOT_FOUND',
  'PROVIDER_REJECTED',
]);

/** True for an error after which the list of images is asked instead. */
export function isPassedOver(error: unknown): boolean {
  return error instanceof ReconcileError && PASSED_OVER.has(error.code);
}

/** True for an answer that will be the same the next time. */
export function isRefusedCall(error: unknown): boolean {
  return error instanceof ReconcileError && REFUSALS.has(error.code);
}
