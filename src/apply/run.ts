import type { Operation, Plan } from '../model/plan.ts';
import type { Outcome, Performed } from '../model/report.ts';
import type { Provider } from '../providers/provider.ts';
import type { Checker } from './check.ts';
import type { ApplyOptions } from './options.ts';

/** One apply under way. */
export interface Run {
  readonly provider: Provider;
  readonly plan: Plan;
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

/** Tells the driver of an outcome, also of a write that stands in no plan. */
export async function tell(run: Run, operation: Operation, outcome: Outcome): Promise<void> {
  try {
    await run.options.onOutcome?.(operation, outcome);
  } catch (error) {
    run.stopped ??= `the outcome of ${operation.type} "${operation.tag}" could not be recorded: ${messageOf(error)}`;
  }
}

/** An operation that is left out. */
export type Skipped = Extract<Outcome, { status: 'skipped' }>;

/** Says that an operation is left out, and whether that is because somebody holds another one back. */
export function skipped(reason: string, because: Outcome | null = null): Skipped {
  const isHeld = because?.status === 'skipped' && because.held === true;
  return { status: 'skipped', reason, ...(isHeld ? { held: true } : {}) };
}

/** The outcome of an operation that must not be tried after what has happened so far; null: it may. */
export function skipAfter({ performed, stopped }: Run, operation: Operation): Skipped | null {
  if (stopped !== null) return skipped(stopped);
  const undone = performed.filter(({ outcome }) => outcome?.status !== 'applied');
  if (operation.type === 'delete') {
    const lost = undone.find(({ operation: { type } }) => type !== 'delete');
    if (lost === undefined) return null;
    const reason = `"${lost.operation.tag}" was not written, so nothing is deleted before the next pass`;
    return skipped(reason, lost.outcome);
  }
  const blocker = undone.find(({ operation: earlier }) => blocks(earlier, operation));
  if (blocker === undefined) return null;
  const { type, tag } = blocker.operation;
  return skipped(`it depends on ${type} "${tag}", which was not done`, blocker.outcome);
}

/** A write without its slot, or a copy whose source or saved content is not what it should be. */
function blocks(earlier: Operation, later: Operation): boolean {
  switch (earlier.type) {
    case 'delete':
      return earlier.makesRoomFor === later.tag;
    case 'copy':
      return earlier.from === later.tag || (later.type === 'copy' && later.from === earlier.tag);
    case 'add':
    case 'promote':
      return false;
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
