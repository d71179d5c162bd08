import type { ApiResponse } from '../../http/request.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Target } from '../../model/target.ts';
import type { PerformResult, Write } from '../provider.ts';
import { expectSuccess, type Question } from './answer.ts';
import { batchCall, type Call, fitsBatchDelete } from './batch-call.ts';
import { huaweiImsCapabilities } from './capabilities.ts';
import { type Add, changed, type Delete, standingOf } from './standing.ts';
import { ask, type ImsConnection, readTag, tagSegments } from './tags.ts';

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
  const call = toDeleteCall(connection, target, operation);
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

/** What could turn into another path on the way: decoded twice, cut, merged, trimmed or resolved away. */
const UNSAFE_IN_PATH = /[/\\%;\p{Cc}]|^\s|\s$|^\.+$/u;

/** A key that a path cannot carry safely goes in the body of a batch of one, where it cannot name another tag. */
function toDeleteCall({ account }: ImsConnection, target: Target, operation: Delete): Call {
  const { tag: key } = operation;
  const isUnsafe = UNSAFE_IN_PATH.test(key) || !key.isWellFormed();
  if (isUnsafe && fitsBatchDelete(key)) return batchCall(account, target, [operation]);
  const segments = [...tagSegments(account, target), key];
  return { operation: 'DeleteImageTag', method: 'DELETE', segments };
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
  let tried = 0;
  const settled = async (during: AbortSignal): Promise<boolean> => {
    tried += 1;
    const value = (await readTag(connection, target, operation.tag, during))?.value ?? null;
    const standing = standingOf(operation, value);
    if (standing === 'changed') throw changed(target, operation.tag);
    return standing === 'done';
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
