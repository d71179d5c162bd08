import { ReconcileError } from '../../model/errors.ts';
import type { Operation } from '../../model/plan.ts';
import { type Target, targetKey } from '../../model/target.ts';

/** Operations IMS has calls for. */
export type Add = Extract<Operation, { type: 'add' }>;
export type Delete = Extract<Operation, { type: 'delete' }>;

/** How a write stands by what the key holds now; `changed`: somebody else wrote it after the listing. */
export type Standing = 'done' | 'missing' | 'changed';

/** Compares what the key holds (null: nothing) with what is wanted and with what was listed. */
export function standingOf(operation: Add | Delete, value: string | null): Standing {
  if (value === (operation.type === 'add' ? operation.value : null)) return 'done';
  if (value === operation.replaces) return 'missing';
  // A plan may delete a key whatever it holds; everything else was decided on the listed value.
  return operation.type === 'delete' && operation.replaces === null ? 'missing' : 'changed';
}

/** The error of a write that stands as changed. */
export function changed(target: Target, key: string): ReconcileError {
  return new ReconcileError(
    'TARGET_CHANGED',
    `Cannot repeat the write of key "${key}" of "${targetKey(target)}": it has a value of somebody else now, the listed one was wanted`,
  );
}
