import type { RequestBudget } from '../model/account.ts';

/** One request as it was sent, for metrics; never a credential, path, query or body. */
export interface RequestEvent {
  readonly operation: string;
  readonly method: string;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** 1 is the first request of the call. */
  readonly attempt: number;
  /** Why no answer came, such as `ECONNRESET` or `TIMEOUT`; null: one came. */
  readonly code: string | null;
}

/** What befalls an account apart from single requests. */
export type AccountEvent =
  /** A request waited for its turn in the budget. */
  | { readonly type: 'waited'; readonly waitMs: number }
  /** The circuit breaker opened or closed. */
  | { readonly type: 'circuit'; readonly open: boolean }
  /** What the account may be asked has changed: less while its cloud throttles or is slow. */
  | ({ readonly type: 'pace' } & Pick<RequestBudget, 'requestsPerSecond' | 'concurrency'>)
  /** The shared budget did not answer, so this process went by its own. */
  | { readonly type: 'budget-silent' };
