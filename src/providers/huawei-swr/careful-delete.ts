import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { DeleteMethod, DeleteMethods } from '../../registry/proved-method.ts';
import { createScratch, scratchName } from '../../registry/scratch.ts';
import type { PerformResult, Write } from '../provider.ts';
import type { SwrContext } from './call.ts';
import type { Others, Sharing } from './sharing.ts';
import { readTag } from './tags.ts';
import { copyTag, deleteTag } from './writes.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** The management API alone, which is not documented to spare the other names of a content. */
export interface CarefulDeletes {
  readonly context: SwrContext;
  readonly methods: DeleteMethods;
  readonly sharing: Sharing;
  readonly now: () => Date;
  readonly random: () => number;
  /** A delete was refused for want of a proof, so one is worth its requests. */
  isProofWanted: boolean;
}

/**
 * Unbinds a name when that cannot take another one along: SWR was seen to spare the others of a content, or this name is the
 * only one of its content. Throws GATE_REFUSED with the remedy otherwise.
 */
export async function deleteCarefully(
  deletes: CarefulDeletes,
  target: Target,
  write: Write<Delete>,
  signal: AbortSignal,
): Promise<PerformResult> {
  const { context, methods, sharing } = deletes;
  const { operation, check } = write;
  const method = await methods.recall();
  if (method === 'by-tag') return await deleteTag(context, target, write, signal);
  // What may not be written must not wait for a listing either.
  check();
  const { tag: name, replaces: value } = operation;
  const others = await sharing.othersOf(target, { name, value }, signal);
  // The listing is newer than the look of apply, and large ones take their time.
  if (others === null) throw moved(target, name);
  if (others.siblings.length > 0 || others.indexes.length > 0) {
    deletes.isProofWanted ||= method === null;
    throw refusal(target, operation, others, method);
  }
  if (method === null && deletes.isProofWanted && operation.replaces !== null) {
    const isGone = await proveOn(deletes, target, write, signal);
    if (isGone) return { attempts: 2 };
  }
  const result = await deleteTag(context, target, write, signal);
  sharing.forget(target, operation.tag);
  return result;
}

/**
 * Shows what a delete does to a sibling on content that is to go anyway: the doomed tag is copied to a scratch name, and that
 * one is deleted. Both names have that content and no other has. True: the doomed tag went along, which was the plan.
 */
async function proveOn(
  deletes: CarefulDeletes,
  target: Target,
  { operation, check }: Write<Delete>,
  signal: AbortSignal,
): Promise<boolean> {
  const { context, methods, sharing } = deletes;
  const { tag: doomed, replaces: value } = operation;
  if (value === null) return false;
  const scratch = scratchName(createScratch(deletes, target, null));
  const copy = { ...operation, type: 'copy', tag: scratch, from: doomed, value } as const;
  sharing.drop(target);
  await copyTag(context, target, { operation: { ...copy, replaces: null }, check }, signal);
  const copied = await readTag(context, target, scratch, signal);
  // Pushed meanwhile: what stands under the scratch name is somebody's new image, which a delete could take away.
  if (copied?.value !== value) throw moved(target, doomed);
  await deleteTag(context, target, { operation: { ...operation, tag: scratch }, check }, signal);
  const isListed = (await readTag(context, target, scratch, signal)) !== null;
  const left = await readTag(context, target, doomed, signal);
  if (left !== null && left.value !== value) throw moved(target, doomed);
  // A listing that lags behind proves nothing.
  if (isListed) return false;
  await methods.note(left === null ? 'by-digest' : 'by-tag');
  return left === null;
}

function moved(target: Target, tag: string): ReconcileError {
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot delete tag "${tag}" of "${targetKey(target)}": it was pushed meanwhile, the listed value was wanted`,
  );
}

function refusal(
  target: Target,
  { tag }: Delete,
  { siblings, indexes }: Others,
  method: DeleteMethod | null,
): ReconcileError {
  const what =
    siblings.length > 0
      ? `its content is also ${namesOf(siblings)}`
      : `its content is, or may be, part of the index ${namesOf(indexes)}`;
  const why =
    method === null
      ? 'nobody has seen yet whether SWR leaves those alone'
      : 'SWR was seen to delete those as well';
  const remedy = `registry: in account "${target.account}" makes it safe (docs/providers.md)`;
  return new ReconcileError(
    'GATE_REFUSED',
    `Cannot delete tag "${tag}" of "${targetKey(target)}": ${what}, and ${why}; ${remedy}`,
  );
}

function namesOf([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? `"${first}"` : `"${first}" and ${more.length} more`;
}
