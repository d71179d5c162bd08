import type { ErrorCode } from './errors.ts';
import type { Finding, Operation, Verdict } from './plan.ts';
import type { Outcome, ReportStatus } from './report.ts';
import type { Target } from './target.ts';

/** What caused a pass. */
export type Cause = 'schedule' | 'webhook' | 'manual' | 'revision' | 'watchdog' | 'undo';

/** The last pass over a target, as the store keeps it: bounded, so long lists are cut and counted. */
export interface TargetRecord {
  readonly target: Target;
  readonly provider: string;
  /** What people call the target where its path is an id; null: the path says it. */
  readonly name: string | null;
  readonly status: ReportStatus;
  /** When the pass ended. */
  readonly passedAt: Date;
  /** Since when the status is what it is. */
  readonly since: Date;
  readonly revision: string;
  readonly correlationId: string;
  /** The last run that wrote here, this pass or an earlier one; null: none is known. */
  readonly runId: string | null;
  /** Tags at the target after the last complete listing, for the shrink guard; null: never listed. */
  readonly baseline: number | null;
  readonly planDigest: string | null;
  readonly verdict: Verdict | null;
  /** Operations that are still to do, the first 20. */
  readonly pending: readonly Operation[];
  readonly pendingCount: number;
  /** The first 20. */
  readonly findings: readonly Finding[];
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** One pass that wrote, or meant to. */
export interface RunHeader {
  readonly id: string;
  readonly target: Target;
  readonly startedAt: Date;
  readonly cause: Cause;
  /** Joins everything one sweep, event or command caused. */
  readonly correlationId: string;
  readonly revision: string;
  readonly planDigest: string;
}

/** One operation of a run: written down before the write, settled after it. */
export interface RunOperation {
  readonly operation: Operation;
  readonly intendedAt: Date;
  /** Null: the process ended between the write and its note; what came of it shows in the next pass. */
  readonly outcome: Outcome | null;
}

export interface Run extends RunHeader {
  /** Null: still going on, or its process ended. */
  readonly endedAt: Date | null;
  /** In the order of their `seq`; a list of runs gives the first 50. */
  readonly operations: readonly RunOperation[];
  /** How many there are in all. */
  readonly operationCount: number;
}
