import type { RequestBudget } from '../model/account.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { createCrowd } from './crowd.ts';
import type { Timed } from './latency.ts';
import { type Cut, createRate } from './rate.ts';
import type { Fate } from './rounds.ts';

/** What a request that failed tells: a cloud that is down says nothing about its limits. */
export function fateOf(error: unknown): Fate {
  if (!(error instanceof AttemptFailure) || error.kind === 'fault') return { type: 'unknown' };
  return { type: 'throttled', retryAfterMs: error.retryAfterMs };
}

/** How fast an account may be asked right now: never faster than configured, slower while its cloud throttles. */
export interface Pace {
  allowed(): RequestBudget;
  /** Milliseconds for which nothing may be sent; 0: none. */
  holdMs(): number;
  /** Another process that shares the account has stepped down. */
  follow(cut: Cut): void;
  /** A request goes out; the function is to be told what became of it. */
  sent(request: Timed): (fate: Fate) => void;
}

export interface PaceOptions {
  /** As configured: the most that is ever allowed. */
  readonly budget: RequestBudget;
  /** A clock that is never set. */
  readonly monotonicMs: () => number;
  readonly onChange: (allowed: RequestBudget) => void;
  /** Told of each step down that the answers here have caused. */
  readonly onCut?: (cut: Cut) => void;
}

/** The full budget to begin with (ADR 0019). */
export function createPace({ budget, monotonicMs, onChange, onCut }: PaceOptions): Pace {
  const crowd = createCrowd(budget.concurrency, monotonicMs);
  const rate = createRate({
    most: budget.requestsPerSecond,
    monotonicMs,
    onCut(cut, step) {
      crowd.shrink(step);
      onCut?.(cut);
    },
  });
  let isWhole = true;

  const allowed = (): RequestBudget => {
    const requestsPerSecond = rate.perSecond();
    const concurrency = crowd.limit();
    const part = requestsPerSecond / budget.requestsPerSecond;
    if (part === 1 && concurrency === budget.concurrency) return budget;
    const burst = part === 1 ? budget.burst : Math.max(1, budget.burst * part);
    return { requestsPerSecond, burst, concurrency };
  };
  const tell = (): void => {
    const now = allowed();
    const wasWhole = isWhole;
    isWhole =
      now.requestsPerSecond === budget.requestsPerSecond && now.concurrency === budget.concurrency;
    if (!isWhole || !wasWhole) onChange(now);
  };

  return {
    allowed,
    holdMs: () => rate.holdMs(),
    follow: (cut) => rate.follow(cut),
    sent(request) {
      const told = crowd.enter(request);
      const round = rate.round();
      return (fate) => {
        rate.count(round, fate);
        told(fate, round === rate.round());
        tell();
      };
    },
  };
}
