import type { Operation, Plan } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { losesInformation } from './guard.ts';
import { isTemporaryTag } from './hidden-tags.ts';

/** True when a policy has a ceiling for a whole sweep, so that all plans must be known before the first write. */
export function limitsSweep({ suspend, limits }: Policy): boolean {
  return !suspend && (limits.maxChanges !== null || limits.maxDeletes !== null);
}

/**
 * Why a person has to look before all these plans run together; empty: nothing. Counts what may run: the operations
 * of plans that are refused on their own are left out. Same rules of counting as the guard of one target.
 */
export function sweepReasons(plans: readonly Plan[], policies: readonly Policy[]): string[] {
  const running = plans.filter(({ verdict }) => verdict.safe);
  return policies.filter(limitsSweep).flatMap((policy) => policyReasons(policy, running));
}

function policyReasons({ name, limits }: Policy, plans: readonly Plan[]): string[] {
  const counted = (counts: (operation: Operation) => boolean): Counted => {
    const each = plans.map(
      ({ operations }) => operations.filter((one) => one.policy === name && counts(one)).length,
    );
    return {
      total: each.reduce((sum, count) => sum + count, 0),
      targets: each.filter((count) => count > 0).length,
    };
  };
  const { maxDeletes, maxChanges } = limits;
  const at = (limit: string): string => `policy "${name}" limits.${limit}`;
  return [
    ...reason(at('maxDeletes'), 'deletes', { ...counted(losesInformation), most: maxDeletes }),
    ...reason(at('maxChanges'), 'changes', {
      ...counted(({ tag }) => !isTemporaryTag(tag)),
      most: maxChanges,
    }),
  ];
}

interface Counted {
  readonly total: number;
  readonly targets: number;
}

function reason(
  guard: string,
  what: string,
  { total, targets, most }: Counted & { readonly most: number | null },
): string[] {
  if (most === null || total <= most) return [];
  const where = targets === 1 ? '1 target' : `${targets} targets`;
  return [`${guard}: ${total} ${what} at ${where} in one sweep, at most ${most} may be made`];
}
