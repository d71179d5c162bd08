import { z } from 'zod';
import type { ListedTag } from '../../model/tag.ts';
import type { Discovered } from '../../model/target.ts';
import type { DiscoveryHint } from '../provider.ts';
import { discoverImages } from './images.ts';
import { createQueryWalk, isPassedOver, isRefusedCall, type QueryWalk } from './query.ts';
import type { ImsConnection } from './tags.ts';

/** How long a region that refused the query is not asked for it again. */
const REFUSED_MS = 3_600_000;

/** Discovery of one account, with tags where they are wanted and the region tells them in bulk. */
export function createDiscovery(
  connection: ImsConnection,
  now: () => Date,
): (hint: DiscoveryHint, signal: AbortSignal) => AsyncGenerator<readonly Discovered[]> {
  let refusedUntilMs = 0;
  const onRefused = () => {
    refusedUntilMs = now().getTime() + REFUSED_MS;
  };
  return (hint, signal) => {
    const isAsked = hint.tags === true && hint.paths === null;
    if (!isAsked || now().getTime() < refusedUntilMs) {
      return discoverImages(connection, hint, signal);
    }
    const walk = createQueryWalk(connection);
    const asked: Asked = { connection, hint, walk, pages: passOver(walk, onRefused, signal) };
    // The query tells nothing of visibility, nor other facts.
    return hint.facts === 'basic' && hint.visibility === null
      ? byQuery(asked, signal)
      : joined(asked, signal);
  };
}

interface Asked {
  readonly connection: ImsConnection;
  readonly hint: DiscoveryHint;
  readonly walk: QueryWalk;
  readonly pages: ReturnType<QueryWalk['pages']>;
}

/** The pages up to where the query fails: the images that are left are met without tags. */
async function* passOver(walk: QueryWalk, onRefused: () => void, signal: AbortSignal) {
  try {
    yield* walk.pages(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isPassedOver(error)) throw error;
    if (walk.seen.size === 0 && isRefusedCall(error)) onRefused();
  }
}

/** The query alone; the list of images only for those that it may have missed. */
async function* byQuery(
  { connection, hint, walk, pages }: Asked,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  const account = connection.account.name;
  for await (const images of pages) {
    yield images.map(({ id, attributes, tags }) => {
      return { target: { account, path: id }, attributes, isPartial: true, tags };
    });
  }
  if (walk.isComplete()) return;
  for await (const page of discoverImages(connection, hint, signal)) {
    yield page.filter(({ target }) => !walk.seen.has(target.path));
  }
}

/** The list of images, each with the tags that the query told of it before. */
async function* joined(
  { connection, hint, pages }: Asked,
  signal: AbortSignal,
): AsyncGenerator<readonly Discovered[]> {
  const tagsById = new Map<string, string>();
  for await (const images of pages) {
    for (const { id, tags } of images) if (tags !== null) tagsById.set(id, pack(tags));
  }
  for await (const page of discoverImages(connection, hint, signal)) {
    yield page.map((found) => {
      const packed = tagsById.get(found.target.path);
      tagsById.delete(found.target.path);
      return packed === undefined ? found : { ...found, tags: unpack(packed) };
    });
  }
}

const Packed = z.array(z.tuple([z.string(), z.string()]));

/** Kept as text until the image is met: as objects, the tags of a large fleet take far more memory. */
function pack(tags: readonly ListedTag[]): string {
  return JSON.stringify(tags.map(({ name, value }) => [name, value]));
}

function unpack(packed: string): readonly ListedTag[] {
  return Packed.parse(JSON.parse(packed)).map(([name, value]) => ({
    name,
    value,
    createdAt: null,
    updatedAt: null,
  }));
}
