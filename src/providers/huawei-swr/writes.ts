import { refusedAnswer } from '../../http/huawei-error.ts';
import type { ApiResponse } from '../../http/request.ts';
import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult, Write } from '../provider.ts';
import { isSuccess, type SwrContext, saysTagMissing } from './call.ts';
import { parseRepository, repositorySegments } from './names.ts';
import { checkTagName, readTag } from './tags.ts';

type Copy = Extract<Operation, { type: 'copy' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

// The client reports no count when a read settles the call: one write and one read is the least it took.
const SETTLED: PerformResult = { attempts: 2 };

/** Binds a name to what another tag of the repository is bound to. Replaces a name only when the plan says so. */
export async function copyTag(
  context: SwrContext,
  target: Target,
  { operation, check }: Write<Copy>,
  signal: AbortSignal,
): Promise<PerformResult> {
  checkTagName(target, operation.from);
  checkTagName(target, operation.tag);
  const response = await context.http.send(
    {
      operation: 'CreateRepoTag',
      method: 'POST',
      segments: repositorySegments(parseRepository(target), 'tags'),
      body: JSON.stringify({
        source_tag: operation.from,
        destination_tag: operation.tag,
        override: operation.replaces !== null,
      }),
      idempotent: false,
      settled: (settleSignal) => isCopied(context, target, operation, settleSignal),
      lastCheck: check,
    },
    signal,
  );
  if (response === null) return SETTLED;
  if (isSuccess(response)) return { attempts: response.attempts };
  if (response.status === 404)
    throw await copyNotFound(context, target, operation, response, signal);
  if (response.status === 409 && (await isBound(context, target, operation, signal))) {
    return { attempts: response.attempts };
  }
  throw refusedAnswer(sourceOf(context, target, 'CreateRepoTag'), response);
}

/** Unbinds a name. A name that is gone is done; a repository that is gone throws PROVIDER_NOT_FOUND. */
export async function deleteTag(
  context: SwrContext,
  target: Target,
  { operation, check }: Write<Delete>,
  signal: AbortSignal,
): Promise<PerformResult> {
  checkTagName(target, operation.tag);
  const response = await context.http.send(
    {
      operation: 'DeleteRepoTag',
      method: 'DELETE',
      segments: repositorySegments(parseRepository(target), 'tags', operation.tag),
      idempotent: false,
      settled: (settleSignal) => isDeleted(context, target, operation, settleSignal),
      lastCheck: check,
    },
    signal,
  );
  if (response === null) return SETTLED;
  if (isSuccess(response)) return { attempts: response.attempts };
  if (response.status === 404 && (await readTag(context, target, operation.tag, signal)) === null) {
    return { attempts: response.attempts };
  }
  const code = response.status === 404 ? 'PROVIDER_CONFLICT' : undefined;
  throw refusedAnswer(sourceOf(context, target, 'DeleteRepoTag'), response, code);
}

/** True when the name has the value wanted. */
async function isBound(
  context: SwrContext,
  target: Target,
  operation: Copy,
  signal: AbortSignal,
): Promise<boolean> {
  const tag = await readTag(context, target, operation.tag, signal);
  return tag?.value === operation.value;
}

/** Whether a copy without a reply ran; a third value means somebody else wrote, so it must not be repeated. */
async function isCopied(
  context: SwrContext,
  target: Target,
  operation: Copy,
  signal: AbortSignal,
): Promise<boolean> {
  const value = (await readTag(context, target, operation.tag, signal))?.value ?? null;
  if (value === operation.value) return true;
  if (value !== operation.replaces) throw changed(target, operation.tag);
  // The call names its source by tag: repeated after a push it would copy what nobody planned.
  const source = await readTag(context, target, operation.from, signal);
  if (source?.value !== operation.value) throw changed(target, operation.from);
  return false;
}

async function isDeleted(
  context: SwrContext,
  target: Target,
  operation: Delete,
  signal: AbortSignal,
): Promise<boolean> {
  const tag = await readTag(context, target, operation.tag, signal);
  if (tag === null) return true;
  if (operation.replaces === null || tag.value === operation.replaces) return false;
  throw changed(target, operation.tag);
}

/** 404 of a copy is the repository or the source tag; the code tells, else a read does. */
async function copyNotFound(
  context: SwrContext,
  target: Target,
  operation: Copy,
  response: ApiResponse,
  signal: AbortSignal,
): Promise<ReconcileError> {
  const isTag =
    saysTagMissing(response) || (await readTag(context, target, operation.from, signal)) === null;
  if (!isTag) {
    return refusedAnswer(sourceOf(context, target, 'CreateRepoTag'), response, 'PROVIDER_CONFLICT');
  }
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot copy tag "${operation.from}" of "${targetKey(target)}" to "${operation.tag}": the source tag is gone, the listed one was wanted`,
  );
}

function changed(target: Target, tag: string): ReconcileError {
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot repeat the write of tag "${tag}" of "${targetKey(target)}": it has a value of somebody else now, the listed one was wanted`,
  );
}

function sourceOf(context: SwrContext, target: Target, operation: string) {
  return { account: context.account, operation, subject: targetKey(target) };
}
