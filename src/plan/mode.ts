import type { Mode } from '../model/mode.ts';
import type { Finding, Operation } from '../model/plan.ts';
import { findingAt } from './wish.ts';

/** A change as the mode sees it; `free`: the name is not bound yet. */
export type Change =
  | { readonly type: 'bind'; readonly free: boolean }
  | { readonly type: 'absent' };

/** Whether a policy of this mode may make the change. */
export function allows(mode: Mode, change: Change): boolean {
  switch (mode) {
    case 'observe':
      return false;
    case 'create-only':
      return change.type === 'bind' && change.free;
    case 'upsert-only':
      return change.type === 'bind';
    case 'sync':
      return true;
  }
}

const REMOVAL: Change = { type: 'absent' };

/** The change an operation makes. */
export function changeOf(operation: Operation): Change {
  if (operation.type === 'delete') return REMOVAL;
  return { type: 'bind', free: operation.replaces === null };
}

const LEFT_OUT = 'Left out by mode ';

/** Says what a mode kept from happening. */
export function leftOutFinding(operation: Operation): Finding {
  const { mode, type, tag, because } = operation;
  return findingAt(operation, 'info', `${LEFT_OUT}"${mode}": ${type} "${tag}" (${because})`);
}

/** True for findings of operations that a mode left out: drift that stays. */
export function isLeftOut({ severity, message }: Finding): boolean {
  return severity === 'info' && message.startsWith(LEFT_OUT);
}
