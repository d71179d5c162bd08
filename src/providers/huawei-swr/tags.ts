import type { z } from 'zod';
import { isTooLarge } from '../../http/exchange.ts';
import { collectRows, findRow, type OffsetWalk } from '../../http/offset-walk.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Listing } from '../../model/listing.ts';
import type { ListedTag, Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import { resolveTags } from '../../registry/tags.ts';
import { fetchPage, type SwrContext } from './call.ts';
import { huaweiSwrCapabilities, parseRepository, repositorySegments } from './names.ts';
import { AnyTagRows, type PartedTag, PartedTagRows, TagRows } from './schema.ts';

/**
 * Rows carry whole manifests, and those of 1000 tags may be more than one answer is allowed to hold: the largest size
 * comes first, a smaller one when it was too much.
 */
const LARGE_PAGES = [1_000, 100] as const;
const SMALL_PAGE = 10;

/** All tags of a repository, one request a page; a repository that is not there throws PROVIDER_NOT_FOUND. */
export async function listTags(
  context: SwrContext,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  const rows = rowsFor(context);
  const tags = await inPages((pageSize) =>
    collectRows(tagWalk(context, target, { filter: null, pageSize, rows }), signal),
  );
  return { target, tags: await withDigests(context, target, tags, signal) };
}

/** All tags as the API alone tells them, with what is in their indexes. */
export async function listParts(
  context: SwrContext,
  target: Target,
  signal: AbortSignal,
): Promise<readonly PartedTag[]> {
  return await inPages((pageSize) =>
    collectRows(tagWalk(context, target, { filter: null, pageSize, rows: PartedTagRows }), signal),
  );
}

function rowsFor({ registry }: SwrContext): typeof TagRows {
  return registry === null ? TagRows : AnyTagRows;
}

/** Asks the registry for the digests that the API does not tell; most regions tell them all. */
async function withDigests(
  { registry }: SwrContext,
  target: Target,
  tags: readonly ListedTag[],
  signal: AbortSignal,
): Promise<readonly ListedTag[]> {
  const names = tags.flatMap(({ name, value }) => (value === null ? [name] : []));
  if (registry === null || names.length === 0) return tags;
  const digests = await resolveTags(registry, target, names, signal);
  const told = new Map(names.map((name, index) => [name, digests[index] ?? null]));
  return tags.map((tag) =>
    tag.value === null ? { ...tag, value: told.get(tag.name) ?? null } : tag,
  );
}

/** The tag of exactly this name right now; null: not bound. The filter is fuzzy, so its answer is filtered again. */
export async function readTag(
  context: SwrContext,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  checkTagName(target, name);
  const found = await inPages(async (pageSize) => {
    const walk = tagWalk(context, target, { filter: name, pageSize, rows: rowsFor(context) });
    return await findRow(walk, (row) => row.name === name, signal);
  });
  if (found === null) return null;
  const [tag] = await withDigests(context, target, [found], signal);
  return { name, value: tag?.value ?? null };
}

async function inPages<T>(read: (pageSize: number) => Promise<T>): Promise<T> {
  for (const pageSize of LARGE_PAGES) {
    try {
      return await read(pageSize);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
    }
  }
  return await read(SMALL_PAGE);
}

/** Throws PROVIDER_REJECTED for a name that SWR would refuse or read as part of the path. */
export function checkTagName(target: Target, name: string): void {
  const rule = huaweiSwrCapabilities.refuseName(name);
  if (rule === null) return;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot use tag "${name}" of "${targetKey(target)}": the name ${rule}`,
  );
}

interface Walking<Row> {
  readonly filter: string | null;
  readonly pageSize: number;
  readonly rows: z.ZodType<Row[]>;
}

function tagWalk<Row extends ListedTag>(
  context: SwrContext,
  target: Target,
  { filter, pageSize, rows }: Walking<Row>,
): OffsetWalk<Row> {
  const segments = repositorySegments(parseRepository(target), 'tags');
  const subject = targetKey(target);
  // The default order is by time, which a push during the walk shifts.
  const order = [
    ['order_column', 'tag'],
    ['order_type', 'asc'],
  ] as const;
  const query = filter === null ? order : [...order, ['tag', filter] as const];
  const request = { operation: 'ListRepositoryTags', subject, segments, query, rows };

  return {
    subject: `tags of "${subject}"`,
    pageSize,
    aligned: true,
    nameOf: (row) => row.name,
    agree: (left, right) => left.value === right.value,
    async fetchPage(at, pageSignal) {
      const page = await fetchPage(context, request, at, pageSignal);
      // Whether the total counts all tags or the filtered ones is not documented: it proves an end, never a gap.
      const proves = page.total === at.offset + page.rows.length;
      return filter === null || proves ? page : { ...page, total: null };
    },
  };
}
