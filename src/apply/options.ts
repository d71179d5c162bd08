import type { Operation } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';

/** What a driver hooks into one apply. */
export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Throws when this worker no longer holds the target; asked before every write. */
  readonly checkLease?: () => void | Promise<void>;
  /** Called right before a write goes out. */
  readonly onIntent?: (operation: Operation) => void | Promise<void>;
  /** Called with what became of an operation; again if a delete had to be undone. */
  readonly onOutcome?: (operation: Operation, outcome: Outcome) => void | Promise<void>;
}
