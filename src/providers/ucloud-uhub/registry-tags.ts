import type { Listing } from '../../model/listing.ts';
import type { ListedTag, Tag } from '../../model/tag.ts';
import type { Target } from '../../model/target.ts';
import type { Registry } from '../../registry/registry.ts';
import { readRegistryTag, resolveTags } from '../../registry/tags.ts';
import type { UhubContext } from './call.ts';
import { listTags, readTag } from './tags.ts';

/** The API, which lists and deletes, and the registry of the same tags, which tells digests. */
export interface BothWays {
  readonly context: UhubContext;
  readonly registry: Registry;
}

/** The API's listing with the registry's digests, one HEAD a tag. A name that only the API has keeps an unknown one. */
export async function listWithDigests(
  { context, registry }: BothWays,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  const { tags } = await listTags(context, target, signal);
  const names = tags.map(({ name }) => name);
  const digests = await resolveTags(registry, target, names, signal);
  const resolved: ListedTag[] = [];
  for (const [index, tag] of tags.entries()) {
    const value = digests[index] ?? null;
    if (value === null && (await readTag(context, target, tag.name, signal)) === null) continue;
    resolved.push({ ...tag, value });
  }
  return { target, tags: resolved };
}

/** What the registry says; where it says nothing, whether the API has the name at all. */
export async function readWithDigest(
  { context, registry }: BothWays,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  const tag = await readRegistryTag(registry, target, name, signal);
  if (tag !== null) return tag;
  const listed = await readTag(context, target, name, signal);
  return listed === null ? null : { name, value: null };
}
