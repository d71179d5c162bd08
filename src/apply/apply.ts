import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { Operation, Plan } from '../model/plan.ts';
import type { Outcome, Performed } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import type { Provider } from '../providers/provider.ts';
import { createChecker } from './check.ts';
import { createLastCheck, held } from './last-check.ts';
import type { ApplyOptions } from './options.ts';
import { restoreRoom } from './restore.ts';
import { createRun, messageOf, type Run, record, skipAfter } from './run.ts';

/** Failures after which the rest of the plan is not tried. */
const STOPS: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_AUTH',
  'PROVIDER_THROTTLED',
  'PROVIDER_DOWN',
  'PROVIDER_CONFLICT',
  'TARGET_CHANGED',
  'QUEUE_UNAVAILABLE',
  'AUDIT_UNAVAILABLE',
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
    plan,
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
  if (run.options.signal.aborted) run.stopped ??= 'the run was cancelled';
  const skip = skipAfter(run, operation);
  if (skip !== null) return skip;
  try {
    return await perform(run, operation);
  } catch (error) {
    return failure(run, operation, error);
  }
}

async function perform(run: Run, operation: Operation): Promise<Outcome> {
  const { checker, options } = run;
  // A held write is not worth a look; and the look may take so long that it is held by then.
  const early = held(run, operation);
  if (early !== null) return early;
  const needed = await checker.before(operation, options.signal);
  if (!needed) return { status: 'applied', attempts: 0 };
  const late = held(run, operation);
  if (late !== null) return late;
  await announce(run, operation);
  const { during } = options;
  if (during === undefined) return await write(run, operation);
  return await during(operation, async () => await write(run, operation));
}

async function write(run: Run, operation: Operation): Promise<Outcome> {
  const { provider, plan, checker, options } = run;
  const { check, refusal } = createLastCheck(run, operation);
  try {
    // What is refused already must not wait for its turn.
    check();
    const { attempts } = await provider.perform(plan.target, operation, check, options.signal);
    await checker.after(operation, options.signal);
    return { status: 'applied', attempts };
  } catch (error) {
    const refused = refusal();
    if (refused !== null) return refused;
    throw error;
  }
}

/** Nothing is written that nobody could find later. */
async function announce({ plan, options }: Run, operation: Operation): Promise<void> {
  try {
    await options.onIntent?.(operation, plan);
  } catch (cause) {
    const deed = `${operation.type} "${operation.tag}" at "${targetKey(plan.target)}"`;
    const message = `Cannot ${deed}: its intent was not recorded, so it was not written: ${messageOf(cause)}`;
    const code = cause instanceof ReconcileError ? cause.code : 'INTERNAL';
    throw new ReconcileError(code, message, { cause });
  }
}

function failure(run: Run, operation: Operation, error: unknown): Outcome {
  const code = error instanceof ReconcileError ? error.code : 'INTERNAL';
  if (STOPS.has(code)) run.stopped = `${operation.type} "${operation.tag}" failed with ${code}`;
  return { status: 'failed', code, error: messageOf(error) };
}
