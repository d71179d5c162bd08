import { ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import { targetKey } from '../model/target.ts';
import type { WriteCheck } from '../providers/provider.ts';
import { messageOf, type Run, type Skipped, skipped } from './run.ts';

/** What one write is asked again whenever a request of it goes out. */
export interface LastCheck {
  /** Throws CANCELLED when the lease is lost or the write is held back. */
  readonly check: WriteCheck;
  /** What it threw for; null: it let everything pass. */
  readonly refusal: () => Skipped | null;
}

/** The write may wait long for its turn, its credential or the end of a back-off, so what held before does not count. */
export function createLastCheck(
  run: Run,
  operation: Operation,
  bars: readonly Bar[] = [lostLease, held],
): LastCheck {
  let refusal: Skipped | null = null;
  const check = (): void => {
    for (const bar of bars) refusal ??= bar(run, operation);
    if (refusal !== null) throw withheld(run, operation, refusal);
  };
  const ending = (): void => {
    const lost = lostLease(run);
    if (lost === null) return;
    refusal ??= lost;
    throw withheld(run, operation, lost);
  };
  return { check: Object.assign(check, { ending }), refusal: () => refusal };
}

function withheld({ plan }: Run, { type, tag }: Operation, { reason }: Skipped): ReconcileError {
  const deed = `${type} "${tag}" at "${targetKey(plan.target)}"`;
  return new ReconcileError('CANCELLED', `Cannot ${deed}: ${reason}, leave to write was wanted`);
}

/** Why a write must not be made now; null: no reason. */
type Bar = (run: Run, operation: Operation) => Skipped | null;

/** Somebody holds this write back. */
export function held({ options }: Run, operation: Operation): Skipped | null {
  const reason = options.hold?.(operation) ?? null;
  return reason === null ? null : { status: 'skipped', reason, held: true };
}

/** This worker may not hold the target any more; nothing else of the plan is tried then. */
export function lostLease(run: Run): Skipped | null {
  try {
    run.options.checkLease?.();
    return null;
  } catch (error) {
    run.stopped = `the lease was lost: ${messageOf(error)}`;
    return skipped(run.stopped);
  }
}
