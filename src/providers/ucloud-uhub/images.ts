import type { z } from 'zod';
import { collectRows, findRow, streamRows } from '../../http/offset-walk.ts';
import { readEach } from '../../http/read-ahead.ts';
import { ReconcileError } from '../../model/errors.ts';
import { type Attributes, type Discovered, type Target, targetKey } from '../../model/target.ts';
import type { DiscoveryHint } from '../provider.ts';
import { isProductRefusal, toWalk, type UhubContext } from './call.ts';
import { parseImage } from './names.ts';
import { ImagePage, RepoPage } from './schema.ts';

type RepoRow = z.infer<typeof RepoPage>['rows'][number];

/** Repositories are listed one by one: this many before their turn. */
const REPOSITORIES_AHEAD = 2;

/** All images of the project's own repositories, or those the hint names. One that is named and gone is still yielded, factless. */
export async function* discoverImages(
  context: UhubContext,
  hint: DiscoveryHint,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  if (hint.paths !== null) {
    for (const path of hint.paths) yield [await discoverOne(context, path, signal)];
    return;
  }
  const repos = (own: AbortSignal) => streamRows(repoWalk(context), own);
  const read = async (repo: RepoRow, own: AbortSignal) => {
    return { repo, images: await collectRows(imageWalk(context, repo.name), own) };
  };
  const found = readEach(repos, { read, ahead: REPOSITORIES_AHEAD }, signal);
  for await (const { repo, images } of found) {
    yield images.map((image) => {
      const target = { account: context.account, path: `${repo.name}/${image.name}` };
      const shared = { isShared: String(repo.isShared) };
      return { target, attributes: { ...toAttributes(repo.name, image), ...shared } };
    });
  }
}

/** Facts of one image: namespace, name, updatedAt; throws PROVIDER_NOT_FOUND. */
export async function describeImage(
  context: UhubContext,
  target: Target,
  signal: AbortSignal,
): Promise<Attributes> {
  const { repo, image } = parseImage(target);
  try {
    const row = await findRow(imageWalk(context, repo), ({ name }) => name === image, signal);
    if (row !== null) return toAttributes(repo, row);
  } catch (error) {
    if (!isProductRefusal(error) || (await hasRepo(context, repo, signal))) throw error;
  }
  throw new ReconcileError(
    'PROVIDER_NOT_FOUND',
    `Cannot find image "${targetKey(target)}": the account's repositories do not have it, an existing one was wanted`,
  );
}

/** An image a policy names must not vanish from the sweep: its pass reports why it cannot be read. */
async function discoverOne(
  context: UhubContext,
  path: string,
  signal: AbortSignal,
): Promise<Discovered> {
  const target = { account: context.account, path };
  try {
    return { target, attributes: await describeImage(context, target, signal) };
  } catch (error) {
    if (!(error instanceof ReconcileError) || !UNREADABLE.has(error.code)) throw error;
    return { target, attributes: {} };
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['PROVIDER_NOT_FOUND', 'PROVIDER_REJECTED']);

async function hasRepo(context: UhubContext, name: string, signal: AbortSignal): Promise<boolean> {
  return (await findRow(repoWalk(context), (repo) => repo.name === name, signal)) !== null;
}

function repoWalk(context: UhubContext) {
  return toWalk(context, {
    what: 'repositories',
    // Without a Type the public repositories of other customers are listed.
    action: { action: 'GetRepo', subject: context.account, params: [['Type', 'private']] },
    page: RepoPage,
    agree: () => true,
    filtered: false,
  });
}

function imageWalk(context: UhubContext, repo: string) {
  return toWalk(context, {
    what: 'images',
    action: {
      action: 'GetRepoImage',
      subject: `${context.account}/${repo}`,
      params: [['RepoName', repo]],
    },
    page: ImagePage,
    agree: () => true,
    filtered: false,
  });
}

function toAttributes(
  repo: string,
  { name, updatedAt }: { readonly name: string; readonly updatedAt: Date | null },
): Attributes {
  return {
    namespace: repo,
    name,
    ...(updatedAt === null ? {} : { updatedAt: updatedAt.toISOString() }),
  };
}
