import type { z } from 'zod';
import type { HttpClient } from '../../http/request.ts';
import type { HuaweiImsAccount } from '../../model/account.ts';
import type { Listing } from '../../model/listing.ts';
import type { ListedTag, Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import { incomplete, parseBody, type Question } from './answer.ts';
import { TagList } from './schema.ts';

/** One connected account. */
export interface ImsConnection {
  readonly account: HuaweiImsAccount;
  readonly http: HttpClient;
}

/** All tags of one image: one GET. Source: ListImageTags, ims_03_0620. */
export async function listTags(
  { account, http }: ImsConnection,
  target: Target,
  signal: AbortSignal,
): Promise<Listing> {
  const question = ask(account, target, 'ListImageTags');
  const response = await http.send(
    {
      operation: question.operation,
      method: 'GET',
      segments: tagSegments(account, target),
      idempotent: true,
    },
    signal,
  );
  const { tags } = parseBody(TagList, question, response);
  const keys = new Set<string>();
  for (const { key } of tags) keys.add(key);
  if (keys.size < tags.length) throw incomplete(question, 'a key is listed twice');
  return { target, tags: tags.map(listedTag) };
}

function listedTag({ key, value }: z.output<typeof TagList>['tags'][number]): ListedTag {
  // IMS states no times for tags.
  return { name: key, value, createdAt: null, updatedAt: null };
}

/** One tag right now; null: the image does not carry the key. */
export async function readTag(
  connection: ImsConnection,
  target: Target,
  name: string,
  signal: AbortSignal,
): Promise<Tag | null> {
  const { tags } = await listTags(connection, target, signal);
  const tag = tags.find((listed) => listed.name === name);
  return tag === undefined ? null : { name: tag.name, value: tag.value };
}

/** Path of the tags of an image. */
export function tagSegments(account: HuaweiImsAccount, target: Target): readonly string[] {
  return ['v2', account.projectId, 'images', target.path, 'tags'];
}

/** What is asked of one image. */
export function ask(account: HuaweiImsAccount, target: Target, operation: string): Question {
  return { account: account.name, operation, subject: targetKey(target) };
}
