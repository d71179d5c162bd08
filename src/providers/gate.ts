import { ReconcileError } from '../model/errors.ts';
import { globMatcher } from '../model/glob.ts';
import type { Mode } from '../model/mode.ts';
import type { Operation } from '../model/plan.ts';
import { type Target, targetKey } from '../model/target.ts';
import { withAdmission } from './admission.ts';
import type { Provider } from './provider.ts';

/** What the gate holds against every operation, whatever the planner thought. */
export interface Gate {
  /** Globs over tag names. One that cannot be compiled protects everything. */
  readonly protect: readonly string[];
}

/** Last line before the wire: refuses with GATE_REFUSED what mode, protection or capability forbid. */
export function withGate(provider: Provider, gate: Gate): Provider {
  const isProtected = protection(gate.protect);
  return withAdmission(provider, (target, operation) => {
    const reason =
      refuseName(operation, isProtected) ??
      refuseMode(operation) ??
      refuseCapability(provider, operation);
    if (reason !== null) throw refusal(target, operation, reason);
  });
}

/** True when the mode lets an operation of this kind through. */
export function modeAllows(mode: Mode, operation: Pick<Operation, 'type' | 'replaces'>): boolean {
  switch (mode) {
    case 'observe':
      return false;
    case 'create-only':
      return operation.type !== 'delete' && operation.replaces === null;
    case 'upsert-only':
      return operation.type !== 'delete';
    case 'sync':
      return true;
  }
}

function protection(globs: readonly string[]): (name: string) => boolean {
  try {
    return globMatcher(globs);
  } catch {
    // A glob nobody can read must not read as "protect nothing".
    return () => true;
  }
}

function refuseName(operation: Operation, isProtected: (name: string) => boolean): string | null {
  const names = 'from' in operation ? [operation.tag, operation.from] : [operation.tag];
  if (names.some((name) => name.trim() === '')) return 'a name is empty, a tag name was wanted';
  if (isProtected(operation.tag)) return 'the name is protected, an unprotected one was wanted';
  return null;
}

function refuseMode(operation: Operation): string | null {
  if (modeAllows(operation.mode, operation)) return null;
  const deed = operation.replaces === null ? operation.type : `${operation.type} of a bound name`;
  return `policy "${operation.policy}" has mode ${operation.mode}, one that allows a ${deed} was wanted`;
}

function refuseCapability({ capabilities }: Provider, { type }: Operation): string | null {
  if (capabilities.operations.has(type)) return null;
  return (
    capabilities.missing[type] ?? `the provider has no ${type}, a supported operation was wanted`
  );
}

function refusal(target: Target, operation: Operation, reason: string): ReconcileError {
  return new ReconcileError(
    'GATE_REFUSED',
    `Cannot ${operation.type} tag "${operation.tag}" of "${targetKey(target)}": ${reason}`,
  );
}
