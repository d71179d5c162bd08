import pMap from 'p-map';
import { z } from 'zod';
import type { ApiResponse } from '../http/request.ts';
import { ReconcileError } from '../model/errors.ts';
import { parseJson } from '../model/json.ts';
import type { Listing } from '../model/listing.ts';
import type { ListedTag, Tag } from '../model/tag.ts';
import { type Target, targetKey } from '../model/target.ts';
import { checkTagName, isSuccess, refuse, refuseTagName, repositoryOf, scopeOf } from './call.ts';
import { confirmMissing, resolveReference, sourceOf } from './manifests.ts';
import { walkNames } from './paging.ts';
import type { Registry } from './registry.ts';

/** An emptied repository may answer null; a missing field is another document. */
const TagPage = z.object({ tags: z.array(z.string()).nullable() });

/** All tags of a repository with their digests: one request a page, one HEAD a tag. Times are facts of the digests. */
export async function listRegistryTags(
  registry: Registry,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  const names = (await listTagNames(registry, target, signal)).toSorted();
  const digests = await resolveTags(registry, target, names, signal);
  const tags = names.flatMap((name, index): ListedTag[] => {
    const value = digests[index] ?? null;
    return value === null ? [] : [{ name, value, createdAt: null, updatedAt: null }];
  });
  return { target, tags };
}

/** The names alone; throws PROVIDER_NOT_FOUND, LISTING_INCOMPLETE. */
export async function listTagNames(
  registry: Registry,
  target: Target,
  signal: AbortSignal,
): Promise<string[]> {
  const names: string[] = [];
  const walk = tagWalk(registry, target);
  for await (const page of walkNames(registry, walk, signal)) {
    for (const name of page) names.push(name);
  }
  return names;
}

/** Throws PROVIDER_NOT_FOUND when the repository is not there. */
export async function requireRepository(
  registry: Registry,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  for await (const _page of walkNames(registry, tagWalk(registry, target), signal)) return;
}

/** The tag of this name right now; null: not bound. */
export async function readRegistryTag(
  registry: Registry,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  checkTagName(target, name);
  const value = await resolveReference(registry, target, name, signal);
  return value === null ? null : { name, value };
}

/**
 * Digests in the order of the names; null: the tag has vanished between list and look, which the registry must say in its
 * own words: a 404 of a proxy would make the newest version look gone.
 */
export async function resolveTags(
  registry: Registry,
  target: Target,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly (string | null)[]> {
  return await pMap(
    names,
    async (name) => {
      const digest = await resolveReference(registry, target, name, signal);
      if (digest !== null) return digest;
      const look = await confirmMissing(registry, target, name, signal);
      return look.type === 'found' ? look.digest : null;
    },
    { concurrency: registry.concurrency },
  );
}

function tagWalk(registry: Registry, target: Target) {
  const repository = repositoryOf(target);
  const source = sourceOf('ListTags', target);
  return {
    ...source,
    subject: `tags of "${targetKey(target)}"`,
    path: `${repository}/tags/list`,
    scopes: [scopeOf(repository, 'pull')],
    namesOf: (response: ApiResponse): readonly string[] | null => {
      if (!isSuccess(response)) throw refuse(registry, source, response);
      return parsePage(response, target);
    },
  };
}

function parsePage(response: ApiResponse, target: Target): readonly string[] | null {
  const page = TagPage.safeParse(parseJson(response.text));
  const wrong = page.data?.tags?.find((name) => refuseTagName(name) !== null);
  if (page.success && wrong === undefined) return page.data.tags;
  const what = page.success ? 'a name in the answer is no tag name' : 'the answer has another form';
  throw new ReconcileError(
    'LISTING_INCOMPLETE',
    `Cannot list tags of "${targetKey(target)}": ${what}, {"tags":[…]} was wanted`,
    { cause: page.error },
  );
}
