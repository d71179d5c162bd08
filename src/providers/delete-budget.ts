import { ReconcileError } from '../model/errors.ts';
import { targetKey } from '../model/target.ts';
import { type Provider, withPerform } from './provider.ts';

/** Deletes this process has sent in the last hour, over all accounts. */
export interface DeleteBudget {
  /** Takes one delete out of the budget; false: it is used up, nothing was taken. */
  take(): boolean;
}

const HOUR_MS = 3_600_000;

/** A sliding window of one hour. It counts what this process does; several workers each have their own. */
export function createDeleteBudget(maxPerHour: number, now: () => Date): DeleteBudget {
  let taken: number[] = [];
  return {
    take() {
      const at = now().getTime();
      taken = taken.filter((time) => time > at - HOUR_MS);
      if (taken.length >= maxPerHour) return false;
      taken.push(at);
      return true;
    },
  };
}

/** Refuses deletes with GATE_REFUSED once the budget is used up; everything else passes. */
export function withDeleteBudget(
  provider: Provider,
  budget: DeleteBudget,
  maxPerHour: number,
): Provider {
  return withPerform(provider, async (target, operation, signal) => {
    if (operation.type === 'delete' && !budget.take()) {
      throw new ReconcileError(
        'GATE_REFUSED',
        `Cannot delete tag "${operation.tag}" of "${targetKey(target)}": ${maxPerHour} deletes in one hour reached guards.maxDeletesPerHour, ` +
          'wanted a person to look before more go',
      );
    }
    return await provider.perform(target, operation, signal);
  });
}
