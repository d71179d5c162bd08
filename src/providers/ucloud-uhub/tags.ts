import { collectRows, findRow } from '../../http/offset-walk.ts';
import type { Listing } from '../../model/listing.ts';
import type { ListedTag, Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import { isProductRefusal, toWalk, type UhubAction, type UhubContext } from './call.ts';
import { describeImage } from './images.ts';
import { parseImage, parseTagName, type TagName } from './names.ts';
import { TagPage } from './schema.ts';

/** All tags of an image; an image that is not there throws PROVIDER_NOT_FOUND. */
export async function listTags(
  context: UhubContext,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  try {
    return { target, tags: await collectRows(tagWalk(context, target, null), signal) };
  } catch (error) {
    if (isProductRefusal(error)) await describeImage(context, target, signal);
    throw error;
  }
}

/** The tag of exactly this name right now; null: not bound. */
export async function readTag(
  context: UhubContext,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  const tagName = parseTagName(target, name);
  try {
    const walk = tagWalk(context, target, tagName);
    const found = await findRow(walk, (row) => row.name === name, signal);
    return found === null ? null : { name, value: found.value };
  } catch (error) {
    if (!isProductRefusal(error)) throw error;
    // The number may mean the tag, the image or anything else; the whole listing tells.
    const { tags } = await listTags(context, target, signal);
    const found = tags.find((tag) => tag.name === name);
    return found === undefined ? null : { name, value: found.value };
  }
}

function tagWalk(context: UhubContext, target: Target, filter: TagName | null) {
  const { repo, image } = parseImage(target);
  const action: UhubAction = {
    action: 'GetImageTag',
    subject: targetKey(target),
    params: [
      ['RepoName', repo],
      ['ImageName', image],
      ...(filter === null ? [] : [['TagName', filter] as const]),
    ],
  };
  const agree = (left: ListedTag, right: ListedTag): boolean => left.value === right.value;
  return toWalk(context, { what: 'tags', action, page: TagPage, agree, filtered: filter !== null });
}
