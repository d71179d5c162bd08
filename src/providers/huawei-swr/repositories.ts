import { createHash } from 'node:crypto';
import { streamRows } from '../../http/offset-walk.ts';
import { ReconcileError } from '../../model/errors.ts';
import { type Attributes, type Discovered, type Target, targetKey } from '../../model/target.ts';
import type { DiscoveryHint } from '../provider.ts';
import { fetchPage, parseBody, type SwrContext, sendQuery } from './call.ts';
import { parseRepository, repositorySegments } from './names.ts';
import { RepositoryDetail, type RepositoryRow, RepositoryRows } from './schema.ts';

const PAGE_SIZE = 1_000;
const FINGERPRINT_LENGTH = 16;

/** The account's own repositories, or those the hint names. One that is named and gone is still yielded, factless. */
export async function* discoverRepositories(
  context: SwrContext,
  hint: DiscoveryHint,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  if (hint.paths !== null) {
    for (const path of hint.paths) yield [await discoverOne(context, path, signal)];
    return;
  }
  for await (const row of streamRows(repositoryWalk(context, hint.visibility), signal)) {
    const target = { account: context.account, path: pathOf(row) };
    const attributes = toAttributes(row, row.updated_at);
    yield [{ target, attributes, fingerprint: fingerprintOf(row) }];
  }
}

/** Facts of one repository: namespace, name, isPublic, updatedAt, tagCount; throws PROVIDER_NOT_FOUND. */
export async function describeRepository(
  context: SwrContext,
  target: Target,
  signal: AbortSignal,
): Promise<Attributes> {
  const { namespace, repository } = parseRepository(target);
  const request = {
    operation: 'ShowRepository',
    subject: targetKey(target),
    segments: repositorySegments({ namespace, repository }),
  };
  const response = await sendQuery(context, request, signal);
  const detail = parseBody(RepositoryDetail, response, request);
  return toAttributes({ ...detail, namespace, name: repository }, detail.updated);
}

/** A repository a policy names must not vanish from the sweep: its pass reports why it cannot be read. */
async function discoverOne(
  context: SwrContext,
  path: string,
  signal: AbortSignal,
): Promise<Discovered> {
  const target = { account: context.account, path };
  try {
    return { target, attributes: await describeRepository(context, target, signal) };
  } catch (error) {
    if (!(error instanceof ReconcileError) || !UNREADABLE.has(error.code)) throw error;
    return { target, attributes: {} };
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['PROVIDER_NOT_FOUND', 'PROVIDER_REJECTED']);

function repositoryWalk(context: SwrContext, visibility: DiscoveryHint['visibility']) {
  const query = [
    // Older editions demand a filter; without this one, repositories shared by others could be listed as well.
    ['filter', 'center::self'],
    ['order_column', 'name'],
    ['order_type', 'asc'],
    ...(visibility === 'public' || visibility === 'private'
      ? [['is_public', String(visibility === 'public')] as const]
      : []),
  ] as const;
  const request = {
    operation: 'ListReposDetails',
    subject: context.account,
    segments: ['v2', 'manage', 'repos'],
    query,
    rows: RepositoryRows,
  };

  return {
    subject: `repositories of account "${context.account}"`,
    pageSize: PAGE_SIZE,
    aligned: true,
    nameOf: pathOf,
    agree: () => true,
    fetchPage: (at: { readonly offset: number; readonly limit: number }, signal: AbortSignal) =>
      fetchPage(context, request, at, signal),
  };
}

function pathOf(row: Pick<RepositoryRow, 'namespace' | 'name'>): string {
  return `${row.namespace}/${row.name}`;
}

/** What the list says of a repository's tags. That a tag bound anew changes the time is likely, but stated nowhere. */
function fingerprintOf({ updated_at: updatedAt, num_images: count, tags }: RepositoryRow) {
  if (updatedAt === null || count === undefined) return null;
  const names = createHash('sha256').update(JSON.stringify(tags?.toSorted() ?? null));
  return `${count} ${updatedAt.getTime()} ${names.digest('base64url').slice(0, FINGERPRINT_LENGTH)}`;
}

function toAttributes(
  row: Pick<RepositoryRow, 'namespace' | 'name' | 'is_public' | 'num_images'>,
  updatedAt: Date | null,
): Attributes {
  return {
    namespace: row.namespace,
    name: row.name,
    ...(row.is_public === undefined ? {} : { isPublic: String(row.is_public) }),
    ...(updatedAt === null ? {} : { updatedAt: updatedAt.toISOString() }),
    ...(row.num_images === undefined ? {} : { tagCount: String(row.num_images) }),
  };
}
