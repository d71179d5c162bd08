import { ReconcileError } from '../model/errors.ts';
import { targetKey } from '../model/target.ts';
import { withAdmission } from './admission.ts';
import type { Provider } from './provider.ts';

/** Deletes allowed in any hour, over all accounts that share the budget. */
export interface DeleteBudget {
  /** Takes one delete out of the budget; false: it is used up, nothing was taken. */
  take(): Promise<boolean>;
  /** The figures it goes by and what to do once it is used up, for the message of a refusal. */
  readonly limit: string;
}

const HOUR_MS = 3_600_000;

/** A sliding window of one hour over what this process does, for commands that run once and alone. */
export function createDeleteBudget(maxPerHour: number, now: () => Date): DeleteBudget {
  let taken: number[] = [];
  return {
    limit: `${maxPerHour} deletes in one hour reached guards.maxDeletesPerHour, wanted a person to look before more go`,
    async take() {
      const at = now().getTime();
      taken = taken.filter((time) => time > at - HOUR_MS);
      if (taken.length >= maxPerHour) return false;
      taken.push(at);
      return true;
    },
  };
}

/** Refuses deletes with GATE_REFUSED once the budget is used up; everything else passes. */
export function withDeleteBudget(provider: Provider, budget: DeleteBudget): Provider {
  return withAdmission(provider, async (target, operation) => {
    if (operation.type !== 'delete' || (await budget.take())) return;
    throw new ReconcileError(
      'GATE_REFUSED',
      `Cannot delete tag "${operation.tag}" of "${targetKey(target)}": ${budget.limit}`,
    );
  });
}
