import type { ApiRequest, ApiResponse } from '../../http/request.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult, Write } from '../provider.ts';
import { expectSuccess, type Question } from './answer.ts';
import { huaweiImsCapabilities } from './capabilities.ts';
import { ask, type ImsConnection, readTag, tagSegments } from './tags.ts';

type Add = Extract<Operation, { type: 'add' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

/**
 * Binds a key, new or not. The call is documented as idempotent, yet a blind repeat would overwrite what somebody else
 * wrote meanwhile, so a read comes before each. Source: AddImageTag, ims_03_0618.
 */
export async function addTag(
  connection: ImsConnection,
  target: Target,
  { operation, check }: Write<Add>,
  signal: AbortSignal,
): Promise<PerformResult> {
  const { tag: key, value } = operation;
  const question = ask(connection.account, target, 'AddImageTag');
  const { refuseName, refuseValue } = huaweiImsCapabilities;
  refuse(question, refuseName(key) ?? refuseValue(value));
  const call = {
    operation: question.operation,
    method: 'POST',
    segments: tagSegments(connection.account, target),
    body: JSON.stringify({ tag: { key, value } }),
  } as const;
  const { response, attempts } = await write(
    connection,
    { target, operation, check, call },
    signal,
  );
  if (response !== null) expectSuccess(question, response);
  return { attempts };
}

/**
 * Unbinds a key. 404 is documented for a missing key and for a missing image alike, and a repeat after a lost reply
 * sees it too, so the listing decides. Source: DeleteImageTag, ims_03_0619.
 */
export async function deleteTag(
  connection: ImsConnection,
  target: Target,
  { operation, check }: Write<Delete>,
  signal: AbortSignal,
): Promise<PerformResult> {
  const { tag: key } = operation;
  const call = toDeleteCall(connection, target, key);
  const question = ask(connection.account, target, call.operation);
  // Only emptiness: for legacy data IMS checks neither length nor characters here.
  refuse(question, key === '' ? 'a key must not be empty' : null);
  const { response, attempts } = await write(
    connection,
    { target, operation, check, call },
    signal,
  );
  if (response === null) return { attempts };
  if (response.status === 404) {
    if ((await readTag(connection, target, key, signal)) === null) return { attempts };
    throw stillListed(question, key);
  }
  expectSuccess(question, response);
  return { attempts };
}

type Call = Pick<ApiRequest, 'operation' | 'method' | 'segments'> & { readonly body?: string };

/** What could turn into another path on the way: decoded twice, cut, merged, trimmed or resolved away. */
const UNSAFE_IN_PATH = /[/\\%;\p{Cc}]|^\s|\s$|^\.+$/u;
// Source: BatchAddOrDeleteTags: keys of a batch delete are not blank and have at most 127 characters.
const MAX_BATCH_KEY = 127;

/** A key that a path cannot carry safely goes in the body of a batch of one, where it cannot name another tag. */
function toDeleteCall({ account }: ImsConnection, target: Target, key: string): Call {
  const segments = tagSegments(account, target);
  const isUnsafe = UNSAFE_IN_PATH.test(key) || !key.isWellFormed();
  if (!isUnsafe || key.trim() === '' || [...key].length > MAX_BATCH_KEY) {
    return { operation: 'DeleteImageTag', method: 'DELETE', segments: [...segments, key] };
  }
  return {
    operation: 'BatchAddOrDeleteTags',
    method: 'POST',
    segments: [...segments, 'action'],
    body: JSON.stringify({ action: 'delete', tags: [{ key }] }),
  };
}

interface WriteCall extends Write<Add | Delete> {
  readonly target: Target;
  readonly call: Call;
}

/** Sends a write; before each repeat the key is read. Response null: the effect was found to be there. */
async function write(
  connection: ImsConnection,
  { target, operation, check, call }: WriteCall,
  signal: AbortSignal,
): Promise<{ readonly response: ApiResponse | null; readonly attempts: number }> {
  const wanted = operation.type === 'add' ? operation.value : null;
  let tried = 0;
  const settled = async (during: AbortSignal): Promise<boolean> => {
    tried += 1;
    const value = (await readTag(connection, target, operation.tag, during))?.value ?? null;
    if (value === wanted) return true;
    // A plan may delete a key whatever it holds; everything else was decided on the listed value.
    if (value === operation.replaces) return false;
    if (operation.type === 'delete' && operation.replaces === null) return false;
    throw changed(target, operation.tag);
  };
  const response = await connection.http.send(
    { ...call, idempotent: false, settled, lastCheck: check },
    signal,
  );
  return { response, attempts: response?.attempts ?? tried };
}

function refuse(question: Question, rule: string | null): void {
  if (rule === null) return;
  throw new ReconcileError(
    'PROVIDER_REJECTED',
    `Cannot call ${question.operation} for "${question.subject}": ${rule}`,
  );
}

function stillListed(question: Question, key: string): ReconcileError {
  return new ReconcileError(
    'PROVIDER_CONFLICT',
    `Cannot call ${question.operation} for "${question.subject}": key "${key}" was not found but is still listed, agreement was wanted`,
  );
}

function changed(target: Target, key: string): ReconcileError {
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot repeat the write of key "${key}" of "${targetKey(target)}": it has a value of somebody else now, the listed one was wanted`,
  );
}
