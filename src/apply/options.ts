import type { Operation, Plan } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';

/** What a driver hooks into one apply. */
export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Throws when this worker no longer holds the target; asked whenever a request that writes goes out. */
  readonly checkLease?: () => void;
  /** Why this write must not be made now; null: it may. Asked before its intent is told, and again as `checkLease` is. */
  readonly hold?: (operation: Operation) => string | null;
  /** Told of each write, which it must do: for traces. Absent: it is just done. */
  readonly during?: <T>(operation: Operation, work: () => Promise<T>) => Promise<T>;
  /** Called before a write of this plan goes out; when it throws, the write is not made. */
  readonly onIntent?: (operation: Operation, plan: Plan) => void | Promise<void>;
  /** Called with what became of an operation; again if a delete had to be undone. */
  readonly onOutcome?: (operation: Operation, outcome: Outcome) => void | Promise<void>;
}
