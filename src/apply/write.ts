import { type ErrorCode, ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import type { Outcome, Performed } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import type { PerformResult } from '../providers/provider.ts';
import { createLastCheck, held, type LastCheck } from './last-check.ts';
import { messageOf, type Run, skipAfter, skipped } from './run.ts';

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

type Decided = Performed & { readonly outcome: Outcome };

/** An operation on its way; outcome null: nothing speaks against it so far. */
interface Step {
  readonly operation: Operation;
  readonly outcome: Outcome | null;
}

/** One operation, or several of one type that go out together: first all are looked at, then announced, then written. */
export async function performGroup(run: Run, group: readonly Operation[]): Promise<Decided[]> {
  if (group.length > 1) run.checker.renew();
  const steps = group.map((operation): Step => ({ operation, outcome: null }));
  const looked = await eachInTurn(run, steps, look);
  const announced = await eachInTurn(run, looked, announce);
  const decided = await write(run, announced);
  for (const { operation, outcome } of decided) stopAfter(run, operation, outcome);
  return decided;
}

async function eachInTurn(
  run: Run,
  steps: readonly Step[],
  decide: (run: Run, operation: Operation) => Promise<Outcome | null>,
): Promise<Step[]> {
  const decided: Step[] = [];
  for (const { operation, outcome } of steps) {
    const next = outcome ?? (await decide(run, operation).catch(failure));
    // A key that changed says nothing against the others of its group: one listing was compared with all of them.
    if (next !== null && !isChanged(next)) stopAfter(run, operation, next);
    decided.push({ operation, outcome: next });
  }
  return decided;
}

/** Whether the operation is still wanted; null: it is. */
async function look(run: Run, operation: Operation): Promise<Outcome | null> {
  const { checker, options } = run;
  if (options.signal.aborted) run.stopped ??= 'the run was cancelled';
  const skip = skipAfter(run, operation);
  if (skip !== null) return skip;
  // A held write is not worth a look; and the look may take so long that it is held by then.
  const early = held(run, operation);
  if (early !== null) return early;
  const needed = await checker.before(operation, options.signal);
  if (!needed) return { status: 'applied', attempts: 0 };
  return held(run, operation);
}

/** Nothing is written that nobody could find later. */
async function announce(
  { plan, options, stopped }: Run,
  operation: Operation,
): Promise<Outcome | null> {
  if (stopped !== null) return skipped(stopped);
  try {
    await options.onIntent?.(operation, plan);
    return null;
  } catch (cause) {
    const deed = `${operation.type} "${operation.tag}" at "${targetKey(plan.target)}"`;
    const message = `Cannot ${deed}: its intent was not recorded, so it was not written: ${messageOf(cause)}`;
    const code = cause instanceof ReconcileError ? cause.code : 'INTERNAL';
    throw new ReconcileError(code, message, { cause });
  }
}

/** A write that is ready to go out. */
interface Writing {
  readonly operation: Operation;
  readonly last: LastCheck;
  /** What its check threw by now: such a write must not wait for its turn. Null: nothing. */
  readonly refused: PromiseRejectedResult | null;
}

type Result = PromiseSettledResult<PerformResult>;

/** Writes what is not decided yet: one operation alone, several in one batch. */
async function write(run: Run, steps: readonly Step[]): Promise<Decided[]> {
  const going: Writing[] = [];
  // Sent by the first that asks, so that each write of a batch is traced as one.
  let sent: Promise<readonly Result[]> | null = null;
  const resultOf = async (writing: Writing): Promise<Result | undefined> => {
    if (writing.refused !== null) return writing.refused;
    sent ??= send(run, going);
    return (await sent)[going.indexOf(writing)];
  };
  const endings = steps.map(({ operation, outcome }) => {
    if (outcome !== null) return async () => ({ operation, outcome });
    const writing = makeReady(run, operation);
    if (writing.refused === null) going.push(writing);
    return async () => ({ operation, outcome: await outcomeOf(run, writing, resultOf) });
  });
  return await Promise.all(endings.map(async (end) => await end()));
}

function makeReady(run: Run, operation: Operation): Writing {
  const last = createLastCheck(run, operation);
  try {
    last.check();
    return { operation, last, refused: null };
  } catch (reason) {
    return { operation, last, refused: { status: 'rejected', reason } };
  }
}

async function send(
  { provider, plan, options }: Run,
  writings: readonly Writing[],
): Promise<readonly Result[]> {
  const writes = writings.map(({ operation, last: { check } }) => ({ operation, check }));
  if (provider.batch !== undefined && writes.length > 1) {
    return await provider.batch.perform(plan.target, writes, options.signal);
  }
  return await Promise.allSettled(
    writes.map(({ operation, check }) =>
      provider.perform(plan.target, operation, check, options.signal),
    ),
  );
}

async function outcomeOf(
  { checker, options }: Run,
  writing: Writing,
  resultOf: (writing: Writing) => Promise<Result | undefined>,
): Promise<Outcome> {
  const { operation, last } = writing;
  const work = async (): Promise<Outcome> => {
    try {
      const result = await resultOf(writing);
      if (result === undefined) throw new Error('the provider did not say what came of it');
      if (result.status === 'rejected') throw result.reason;
      await checker.after(operation, options.signal);
      return { status: 'applied', attempts: result.value.attempts };
    } catch (error) {
      const refused = last.refusal();
      if (refused !== null) return refused;
      throw error;
    }
  };
  const { during } = options;
  return await (during === undefined ? work() : during(operation, work)).catch(failure);
}

function isChanged(outcome: Outcome): boolean {
  return outcome.status === 'failed' && outcome.code === 'TARGET_CHANGED';
}

function failure(error: unknown): Outcome {
  const code = error instanceof ReconcileError ? error.code : 'INTERNAL';
  return { status: 'failed', code, error: messageOf(error) };
}

function stopAfter(run: Run, { type, tag }: Operation, outcome: Outcome): void {
  if (outcome.status !== 'failed' || !STOPS.has(outcome.code)) return;
  run.stopped ??= `${type} "${tag}" failed with ${outcome.code}`;
}
