import type { ApiRequest, HttpClient } from '../../http/request.ts';
import type { HuaweiImsAccount } from '../../model/account.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Listing } from '../../model/listing.ts';
import type { Operation } from '../../model/plan.ts';
import type { Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult } from '../provider.ts';
import { expectSuccess, incomplete, parseBody, type Question } from './answer.ts';
import { huaweiImsCapabilities } from './capabilities.ts';
import { TagList } from './schema.ts';

/** One connected account. */
export interface ImsConnection {
  readonly account: HuaweiImsAccount;
  readonly http: HttpClient;
}

type Add = Extract<Operation, { type: 'add' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

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
  if (new Set(tags.map(({ key }) => key)).size < tags.length) {
    throw incomplete(question, 'a key is listed twice');
  }
  return {
    target,
    // IMS states no times for tags.
    tags: tags.map(({ key, value }) => ({ name: key, value, createdAt: null, updatedAt: null })),
  };
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

/** Binds a key, new or not: the call is documented as idempotent. Source: AddImageTag, ims_03_0618. */
export async function addTag(
  { account, http }: ImsConnection,
  target: Target,
  { tag: key, value }: Add,
  signal: AbortSignal,
): Promise<PerformResult> {
  const question = ask(account, target, 'AddImageTag');
  refuse(
    question,
    huaweiImsCapabilities.refuseName(key) ?? huaweiImsCapabilities.refuseValue(value),
  );
  const response = await http.send(
    {
      operation: question.operation,
      method: 'POST',
      segments: tagSegments(account, target),
      body: JSON.stringify({ tag: { key, value } }),
      idempotent: true,
    },
    signal,
  );
  return { attempts: expectSuccess(question, response).attempts };
}

/**
 * Unbinds a key. 404 is documented for a missing key and for a missing image alike, and a repeat after a lost reply
 * sees it too, so the listing decides. Source: DeleteImageTag, ims_03_0619.
 */
export async function deleteTag(
  connection: ImsConnection,
  target: Target,
  { tag: key }: Delete,
  signal: AbortSignal,
): Promise<PerformResult> {
  const { account, http } = connection;
  const question = ask(account, target, 'DeleteImageTag');
  // Only emptiness: for legacy data IMS checks neither length nor characters here.
  refuse(question, key === '' ? 'a key must not be empty' : null);
  const isGone = async (during: AbortSignal): Promise<boolean> =>
    (await readTag(connection, target, key, during)) === null;

  let lost = 0;
  const request: ApiRequest = {
    operation: question.operation,
    method: 'DELETE',
    segments: [...tagSegments(account, target), key],
    idempotent: false,
    settled: async (during) => {
      lost += 1;
      return await isGone(during);
    },
  };
  const response = await http.send(request, signal);
  if (response === null) return { attempts: lost };
  if (response.status === 404 && (await isGone(signal))) return { attempts: response.attempts };
  if (response.status === 404) throw stillListed(question, key);
  return { attempts: expectSuccess(question, response).attempts };
}

function tagSegments(account: HuaweiImsAccount, target: Target): readonly string[] {
  return ['v2', account.projectId, 'images', target.path, 'tags'];
}

function ask(account: HuaweiImsAccount, target: Target, operation: string): Question {
  return { account: account.name, operation, subject: targetKey(target) };
}

function refuse(question: Question, rule: string | null): void {
  if (rule === null) return;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot ${question.operation} "${question.subject}": ${rule}`,
  );
}

function stillListed(question: Question, key: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_CONFLICT',
    `Cannot ${question.operation} "${question.subject}": key "${key}" was not found but is still listed, agreement was wanted`,
  );
}
