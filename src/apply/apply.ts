import type { Plan } from '../model/plan.ts';
import type { Performed } from '../model/report.ts';
import type { Provider } from '../providers/provider.ts';
import { createChecker } from './check.ts';
import { groupsOf } from './groups.ts';
import type { ApplyOptions } from './options.ts';
import { restoreRoom } from './restore.ts';
import { createRun, record } from './run.ts';
import { performGroup } from './write.ts';

/**
 * Performs the plan in its order, each write checked against the world right before it. Never throws for a failed
 * operation: the outcome says it. A refused plan is not touched; its outcomes are null.
 */
export async function applyPlan(
  provider: Provider,
  plan: Plan,
  options: ApplyOptions,
): Promise<Performed[]> {
  const run = createRun({
    provider,
    plan,
    options,
    checker: createChecker(provider, plan.target),
  });
  if (!plan.verdict.safe) {
    return plan.operations.map((operation) => ({ operation, outcome: null }));
  }
  for (const group of groupsOf(plan.operations, provider.batch ?? null)) {
    for (const { operation, outcome } of await performGroup(run, group)) {
      await record(run, operation, outcome);
      if (outcome.status !== 'applied') await restoreRoom(run, operation, outcome);
    }
  }
  return run.performed;
}
