import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import type { Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { PerformResult, Write } from '../provider.ts';
import { isProductRefusal, toError, toRequest, type UhubAction, type UhubContext } from './call.ts';
import { type ImageName, parseImage, parseTagName, type TagName } from './names.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** Tells what a name is bound to right now. */
export type ReadTag = (target: Target, name: string, signal: AbortSignal) => Promise<Tag | null>;

/** Unbinds one name; resolves when it is gone. There is no way to say "every tag" here. */
export async function deleteTag(
  { context, read }: { readonly context: UhubContext; readonly read: ReadTag },
  target: Target,
  { operation, check }: Write<Delete>,
  signal: AbortSignal,
): Promise<PerformResult> {
  const tag = parseTagName(target, operation.tag);
  const action = toDelete(target, { ...parseImage(target), tag });
  const response = await context.http.send(
    toRequest(action, {
      idempotent: false,
      settled: (settleSignal) => isDeleted(read, target, operation, settleSignal),
      lastCheck: check,
    }),
    signal,
  );
  // The client reports no count when a read settles the call: one write and one read is the least it took.
  if (response === null) return { attempts: 2 };
  const error = toError(context, action, response);
  if (error === null) return { attempts: response.attempts };
  const isGone = isProductRefusal(error) && (await read(target, tag, signal)) === null;
  if (isGone) return { attempts: response.attempts };
  throw error;
}

function toDelete(
  target: Target,
  { repo, image, tag }: ImageName & { readonly tag: TagName },
): UhubAction {
  return {
    action: 'DeleteRepoImage',
    subject: targetKey(target),
    params: [
      ['RepoName', repo],
      ['ImageName', image],
      ['TagName', tag],
    ],
  };
}

/** Whether a delete without a reply ran; another digest means somebody else wrote, so it must not be repeated. */
async function isDeleted(
  read: ReadTag,
  target: Target,
  { tag, replaces }: Delete,
  signal: AbortSignal,
): Promise<boolean> {
  const current = await read(target, tag, signal);
  if (current === null) return true;
  if (current.value === null || replaces === null || current.value === replaces) return false;
  throw new ReconcileError(
    'TARGET_CHANGED',
    `Cannot repeat the delete of tag "${tag}" of "${targetKey(target)}": it has a value of somebody else now, the listed one was wanted`,
  );
}
