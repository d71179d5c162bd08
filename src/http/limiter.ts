import { TokenBucket } from 'limiter';
import type { RequestBudget } from '../model/account.ts';

/** The request budget of one account: a token bucket and a cap on requests in flight. */
export interface Limiter {
  /** Resolves in order of arrival with a function that gives the slot back; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

/** A limiter that starts with the whole burst available. */
export function createLimiter(budget: RequestBudget): Limiter {
  const bucket = new TokenBucket({
    bucketSize: Math.max(1, budget.burst),
    tokensPerInterval: budget.requestsPerSecond,
    interval: 'second',
  });
  // The library starts empty; a budget with a burst of 20 means 20 at once, from the first second on.
  bucket.content = bucket.bucketSize;

  // The library can wait by itself, but not be told to stop waiting, and it knows no cap in flight.
  const waiting = new Set<() => void>();
  let inFlight = 0;
  let timer: NodeJS.Timeout | null = null;

  const admit = (): void => {
    for (const start of waiting) {
      if (inFlight >= budget.concurrency || timer !== null) return;
      if (!bucket.tryRemoveTokens(1)) {
        timer = setTimeout(wake, Math.max(1, bucket.getWaitTime(1)));
        return;
      }
      inFlight += 1;
      waiting.delete(start);
      start();
    }
  };
  const wake = (): void => {
    timer = null;
    admit();
  };
  const stopTimer = (): void => {
    clearTimeout(timer ?? undefined);
    timer = null;
  };
  const release = (): void => {
    inFlight -= 1;
    admit();
  };

  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const leave = (): void => {
          waiting.delete(start);
          // Nobody waits: a timer of a slow budget must not hold the process.
          if (waiting.size === 0) stopTimer();
          reject(signal.reason);
        };
        const start = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(once(release));
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.add(start);
        admit();
      }),
  };
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
