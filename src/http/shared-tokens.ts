import type { RequestBudget } from '../model/account.ts';
import { withDeadline } from '../model/deadline.ts';
import type { Pace } from './pace.ts';
import type { Tokens } from './tokens.ts';

/** Requests granted to this process out of a budget that others use too. */
export interface TokenGrant {
  /** When the first may be sent, from now. */
  readonly waitMs: number;
  /** Time between one and the next. */
  readonly spacingMs: number;
}

/** How fast the whole account may be asked, as this process knows it. */
export type BudgetPace = Pick<RequestBudget, 'requestsPerSecond' | 'burst'>;

/** A budget that several processes draw from. */
export interface SharedBudget {
  readonly reserve: (count: number, pace: BudgetPace) => Promise<TokenGrant>;
  /** Told each time the budget did not answer, so that this process went by its own bucket. */
  readonly onFallback: () => void;
}

export interface SharedTokensOptions {
  /** What is allowed at the time. */
  readonly pace: Pick<Pace, 'allowed'>;
  /** For the time the shared budget does not answer. */
  readonly local: Tokens;
  readonly shared: SharedBudget;
  /** Called when asking for a token again makes sense. */
  readonly wake: () => void;
}

/** A budget that is silent for longer is done without. */
const ANSWER_MS = 500;
/** How often a silent one is asked again; meanwhile nobody waits for it. */
const ASK_AGAIN_MS = 1_000;
/** A batch holds what this time of the rate allows: processes take turns, and a crash loses no more. */
const BATCH_MS = 100;
/** The next batch is asked for this long before the last one ends. */
const LEAD_MS = 50;
/** A token left unused for longer is dropped: spent late it would add to the rate of that later moment. */
const STALE_MS = 50;

/** Tokens reserved in batches ahead of their use, each for its own moment. */
export function createSharedTokens({ pace, local, shared, wake }: SharedTokensOptions): Tokens {
  // Moments of `performance.now()`, ascending.
  let granted: number[] = [];
  let asking = false;
  let silentUntilMs: number | null = null;

  const ask = async (count: number, now: BudgetPace): Promise<void> => {
    asking = true;
    try {
      const { waitMs, spacingMs } = await withDeadline(shared.reserve(count, now), ANSWER_MS);
      const firstMs = performance.now() + waitMs;
      const afterMs = granted.at(-1) ?? 0;
      const moments = Array.from({ length: count }, (_, index) => firstMs + index * spacingMs);
      granted.push(...moments.map((momentMs) => Math.max(momentMs, afterMs)));
      silentUntilMs = null;
    } catch {
      // Reads go on without the store: every process then keeps the whole rate for itself.
      granted = [];
      silentUntilMs = performance.now() + ASK_AGAIN_MS;
      shared.onFallback();
    } finally {
      asking = false;
      wake();
    }
  };
  const askAhead = (wanted: number, nowMs: number): void => {
    const now = pace.allowed();
    const batch = Math.max(1, Math.floor((now.requestsPerSecond * BATCH_MS) / 1_000));
    const missing = Math.min(wanted - granted.length, batch);
    const leftMs = (granted.at(-1) ?? nowMs) - nowMs;
    const isSilent = silentUntilMs !== null && nowMs < silentUntilMs;
    if (missing > 0 && !asking && !isSilent && leftMs <= LEAD_MS) void ask(missing, now);
  };

  // After a pause of this process its tokens are due all at once: one is used, the others would make a heap.
  const skipLate = (nowMs: number): void => {
    while ((granted[1] ?? nowMs) < nowMs - STALE_MS) granted.shift();
  };

  return {
    take(wanted) {
      const nowMs = performance.now();
      askAhead(wanted, nowMs);
      if (silentUntilMs !== null) return local.take(wanted);
      skipLate(nowMs);
      const [momentMs] = granted;
      if (momentMs === undefined) return Number.POSITIVE_INFINITY;
      if (momentMs > nowMs) return momentMs - nowMs;
      granted.shift();
      // The own bucket follows, so that it is not full of what was used when the store falls silent.
      local.take(wanted);
      return 0;
    },
    expire() {
      granted = fresh(granted, performance.now() - STALE_MS);
    },
  };
}

/** Those that are not past, in order as they are: a copy of a thousand for each request would cost as much as to sign it. */
function fresh(moments: number[], earliestMs: number): number[] {
  const isStale = (moments[0] ?? earliestMs) < earliestMs;
  return isStale ? moments.filter((momentMs) => momentMs >= earliestMs) : moments;
}
