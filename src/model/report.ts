import type { ErrorCode } from './errors.ts';
import type { Operation, Plan } from './plan.ts';
import type { Target } from './target.ts';

/** What became of one operation. */
export type Outcome =
  | { readonly status: 'applied'; readonly attempts: number }
  | { readonly status: 'failed'; readonly code: ErrorCode; readonly error: string }
  | {
      readonly status: 'skipped';
      readonly reason: string;
      /** Somebody holds it back, or what it depends on: nothing to hurry for. */
      readonly held?: true;
    };

/** An operation with what became of it; outcome null: nothing was attempted (dry run or refused). */
export interface Performed {
  readonly operation: Operation;
  readonly outcome: Outcome | null;
}

export const REPORT_STATUSES = ['in-sync', 'drifted', 'refused', 'unknown'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

interface ReportBase {
  readonly target: Target;
  /** What people call the target where its path is an id; null: the path says it. */
  readonly name: string | null;
  readonly provider: string;
}

/** One pass over one target. The only thing drivers log, count, show and post. */
export type Report =
  | (ReportBase & {
      readonly status: 'in-sync' | 'drifted' | 'refused';
      readonly plan: Plan;
      readonly performed: readonly Performed[];
    })
  | (ReportBase & {
      /** No complete listing, so nothing was decided. */
      readonly status: 'unknown';
      readonly code: ErrorCode;
      readonly error: string;
      readonly retriable: boolean;
      readonly retryAfterMs: number | null;
    });
