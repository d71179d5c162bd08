import type { Operation } from '../model/plan.ts';
import type { Outcome, Performed } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { Provider } from '../providers/provider.ts';
import type { Checker } from './check.ts';
import type { ApplyOptions } from './options.ts';

/** One apply under way. */
export interface Run {
  readonly provider: Provider;
  readonly target: Target;
  readonly options: ApplyOptions;
  readonly checker: Checker;
  readonly performed: Performed[];
  /** Why the rest is not tried; null: it is. */
  stopped: string | null;
}

/** An apply that has done nothing yet. */
export function createRun(parts: Omit<Run, 'performed' | 'stopped'>): Run {
  return { ...parts, performed: [], stopped: null };
}

/** Notes an outcome and tells the driver; a driver that cannot take it stops the run, as nothing may go unrecorded. */
export async function record(run: Run, operation: Operation, outcome: Outcome): Promise<void> {
  run.performed.push({ operation, outcome });
  await tell(run, operation, outcome);
}

/** Replaces what was noted about an operation. */
export async function amend(run: Run, operation: Operation, outcome: Outcome): Promise<void> {
  const index = run.performed.findIndex((performed) => performed.operation === operation);
  run.performed.splice(index, 1, { operation, outcome });
  await tell(run, operation, outcome);
}

async function tell(run: Run, operation: Operation, outcome: Outcome): Promise<void> {
  try {
    await run.options.onOutcome?.(operation, outcome);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    run.stopped ??= `the outcome of ${operation.type} "${operation.tag}" could not be recorded: ${reason}`;
  }
}

/** Why the operation must not be tried after what has happened so far; null: it may. */
export function skipReason({ performed, stopped }: Run, operation: Operation): string | null {
  if (stopped !== null) return stopped;
  const undone = performed.filter(({ outcome }) => outcome?.status !== 'applied');
  const lost = undone.find(({ operation: { type } }) => type !== 'delete')?.operation;
  if (operation.type === 'delete') {
    return lost === undefined
      ? null
      : `"${lost.tag}" was not written, so nothing is deleted before the next pass`;
  }
  const blocker = undone.find(({ operation: earlier }) => blocks(earlier, operation))?.operation;
  return blocker === undefined
    ? null
    : `it depends on ${blocker.type} "${blocker.tag}", which was not done`;
}

/** A write without its slot, or a copy whose source or saved content is not what it should be. */
function blocks(earlier: Operation, later: Operation): boolean {
  switch (earlier.type) {
    case 'delete':
      return earlier.makesRoomFor === later.tag;
    case 'copy':
      return earlier.from === later.tag || (later.type === 'copy' && later.from === earlier.tag);
    case 'add':
      return false;
  }
}
