import { collectRows, type OffsetWalk, walkPages } from '../../http/offset-walk.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Listing } from '../../model/listing.ts';
import type { ListedTag, Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import { fetchPage, type SwrContext } from './call.ts';
import { huaweiSwrCapabilities, parseRepository, repositorySegments } from './names.ts';
import { TagRows } from './schema.ts';

const PAGE_SIZE = 1_000;

/** All tags of a repository, one request a page; a repository that is not there throws PROVIDER_NOT_FOUND. */
export async function listTags(
  context: SwrContext,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  return { target, tags: await collectRows(tagWalk(context, target, null), signal) };
}

/** The tag of exactly this name right now; null: not bound. The filter is fuzzy, so its answer is filtered again. */
export async function readTag(
  context: SwrContext,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  checkTagName(target, name);
  for await (const { rows } of walkPages(tagWalk(context, target, name), signal)) {
    const found = rows.find((row) => row.name === name);
    if (found !== undefined) return { name, value: found.value };
  }
  return null;
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

function tagWalk(
  context: SwrContext,
  target: Target,
  filter: string | null,
): OffsetWalk<ListedTag & { readonly value: string }> {
  const segments = repositorySegments(parseRepository(target), 'tags');
  const subject = targetKey(target);
  // The default order is by time, which a push during the walk shifts.
  const order = [
    ['order_column', 'tag'],
    ['order_type', 'asc'],
  ] as const;
  const query = filter === null ? order : [...order, ['tag', filter] as const];
  const request = { operation: 'ListRepositoryTags', subject, segments, query, rows: TagRows };

  return {
    subject: `tags of "${subject}"`,
    pageSize: PAGE_SIZE,
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
