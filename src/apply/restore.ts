import { ReconcileError } from '../model/errors.ts';
import type { Operation } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';
import { createLastCheck, lostLease } from './last-check.ts';
import { amend, messageOf, type Run, skipped, tell } from './run.ts';

type Delete = Extract<Operation, { type: 'delete' }>;

/** What became of an add that was not applied. */
type Undone = Exclude<Outcome, { status: 'applied' }>;

/** Puts back the pairs that were deleted to make room for an add that did not come, and says so. */
export async function restoreRoom(run: Run, add: Operation, undone: Undone): Promise<void> {
  let outcome = undone;
  for (const operation of madeRoomFor(run, add)) {
    const problem = await restore(run, operation);
    if (problem === null) {
      const reason = `undone: "${add.tag}" was not added, so the old pair was put back`;
      await amend(run, operation, skipped(reason, undone));
    } else {
      outcome = withNote(outcome, `${operation.tag}=${operation.replaces}: ${problem}`);
      await amend(run, add, outcome);
    }
  }
}

/** Only what this run itself deleted: a key that was gone already is not ours to bring back. */
function madeRoomFor({ performed }: Run, add: Operation): Delete[] {
  return performed.flatMap(({ operation, outcome }) =>
    operation.type === 'delete' &&
    operation.makesRoomFor === add.tag &&
    outcome?.status === 'applied' &&
    outcome.attempts > 0
      ? [operation]
      : [],
  );
}

async function restore(run: Run, operation: Delete): Promise<string | null> {
  const { tag, policy, rule, mode, replaces } = operation;
  if (replaces === null) return 'its value is not known';
  const because = `put back: the add it made room for was not done`;
  const pair = {
    type: 'add',
    tag,
    policy,
    rule,
    mode,
    because,
    value: replaces,
    replaces: null,
  } as const;
  // A cancelled run still has to leave the target as it found it; the transport's own timeouts apply.
  const signal = run.options.signal.aborted ? new AbortController().signal : run.options.signal;
  try {
    run.options.checkLease?.();
    await run.options.onIntent?.(pair, run.plan);
  } catch (error) {
    return messageOf(error);
  }
  // A pause does not hold it: half of a change is worse than none. A worker that lost the target must leave it.
  const { check, refusal } = createLastCheck(run, pair, [lostLease]);
  try {
    const { attempts } = await run.provider.perform(run.plan.target, pair, check, signal);
    await tell(run, pair, { status: 'applied', attempts });
    return null;
  } catch (error) {
    const code = error instanceof ReconcileError ? error.code : 'INTERNAL';
    const failed = { status: 'failed', code, error: messageOf(error) } as const;
    await tell(run, pair, refusal() ?? failed);
    return messageOf(error);
  }
}

function withNote(outcome: Undone, note: string): Undone {
  const suffix = `the old pair could not be put back: ${note}`;
  return outcome.status === 'failed'
    ? { ...outcome, error: `${outcome.error}; ${suffix}` }
    : { ...outcome, reason: `${outcome.reason}; ${suffix}` };
}
