import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { Operation, Plan } from '../model/plan.ts';
import type { Outcome, Performed } from '../model/report.ts';
import type { Provider } from '../providers/provider.ts';
import { createChecker } from './check.ts';
import type { ApplyOptions } from './options.ts';
import { restoreRoom } from './restore.ts';
import { createRun, type Run, record, skipReason } from './run.ts';

/** Failures after which the rest of the plan is not tried. */
const STOPS: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_AUTH',
  'PROVIDER_THROTTLED',
  'PROVIDER_CONFLICT',
  'TARGET_CHANGED',
  'CANCELLED',
  'INTERNAL',
]);

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
    target: plan.target,
    options,
    checker: createChecker(provider, plan.target),
  });
  if (!plan.verdict.safe) {
    return plan.operations.map((operation) => ({ operation, outcome: null }));
  }
  for (const operation of plan.operations) {
    const outcome = await decide(run, operation);
    await record(run, operation, outcome);
    if (outcome.status !== 'applied') await restoreRoom(run, operation, outcome);
  }
  return run.performed;
}

async function decide(run: Run, operation: Operation): Promise<Outcome> {
  const reason = skipReason(run, operation);
  if (reason !== null) return { status: 'skipped', reason };
  run.stopped = await lostGround(run);
  if (run.stopped !== null) return { status: 'skipped', reason: run.stopped };
  try {
    return await perform(run, operation);
  } catch (error) {
    return failure(run, operation, error);
  }
}

/** Why nothing may be written any more; null: go on. */
async function lostGround({ options }: Run): Promise<string | null> {
  if (options.signal.aborted) return 'the run was cancelled';
  try {
    await options.checkLease?.();
    return null;
  } catch (error) {
    return `the lease was lost: ${messageOf(error)}`;
  }
}

async function perform(run: Run, operation: Operation): Promise<Outcome> {
  const { provider, target, checker, options } = run;
  const needed = await checker.before(operation, options.signal);
  if (!needed) return { status: 'applied', attempts: 0 };
  await options.onIntent?.(operation);
  const { attempts } = await provider.perform(target, operation, options.signal);
  await checker.after(operation, options.signal);
  return { status: 'applied', attempts };
}

function failure(run: Run, operation: Operation, error: unknown): Outcome {
  const code = error instanceof ReconcileError ? error.code : 'INTERNAL';
  if (STOPS.has(code)) run.stopped = `${operation.type} "${operation.tag}" failed with ${code}`;
  return { status: 'failed', code, error: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
