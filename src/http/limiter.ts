import { TokenBucket } from 'limiter';
import type { RequestBudget } from '../model/account.ts';
import type { Pace } from './pace.ts';
import { createSharedTokens, type SharedBudget } from './shared-tokens.ts';
import type { Tokens } from './tokens.ts';

/** The request budget of one account: tokens at its rate and a cap on requests in flight. */
export interface Limiter {
  /** Resolves in order of arrival with a function that gives the slot back; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

type Allowance = Pick<Pace, 'allowed' | 'holdMs'>;

/**
 * A bucket of this process alone. Without `shared` it is the whole budget, with it the one for outages. Only calls that have to
 * wait listen to their signal: most need not.
 */
export function createLimiter(
  budget: RequestBudget,
  shared: SharedBudget | null = null,
  pace: Allowance = { allowed: () => budget, holdMs: () => 0 },
): Limiter {
  // The library can wait by itself, but not be told to stop waiting, and it knows no cap in flight.
  const waiting = new Set<() => void>();
  let inFlight = 0;
  let timer: NodeJS.Timeout | null = null;

  /** True: one of the `wanted` may go, and counts as in flight. */
  const take = (wanted: number): boolean => {
    const { concurrency } = pace.allowed();
    if (inFlight >= concurrency || timer !== null) return false;
    const waitMs = pace.holdMs() || tokens.take(Math.min(wanted, concurrency - inFlight));
    if (waitMs > 0) {
      timer = Number.isFinite(waitMs) ? setTimeout(wake, Math.max(1, waitMs)) : null;
      return false;
    }
    inFlight += 1;
    return true;
  };
  const admit = (): void => {
    for (const start of waiting) {
      if (!take(waiting.size)) return;
      waiting.delete(start);
      start();
    }
  };
  const stopTimer = (): void => {
    clearTimeout(timer ?? undefined);
    timer = null;
  };
  const wake = (): void => {
    stopTimer();
    admit();
  };
  const release = (): void => {
    inFlight -= 1;
    admit();
  };
  const local = createLocalTokens(pace);
  const tokens = shared === null ? local : createSharedTokens({ pace, local, shared, wake });

  const queue = { waiting, release, stopTimer };

  return {
    acquire(signal) {
      if (waiting.size === 0 && !signal.aborted) {
        tokens.expire();
        if (take(1)) return Promise.resolve(once(release));
        return waitIn(queue, signal);
      }
      const turn = waitIn(queue, signal);
      admit();
      return turn;
    },
  };
}

/** Those that wait for their turn. */
interface Queue {
  readonly waiting: Set<() => void>;
  readonly release: () => void;
  readonly stopTimer: () => void;
}

function waitIn({ waiting, release, stopTimer }: Queue, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
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
    waiting.add(start);
    signal.addEventListener('abort', leave, { once: true });
  });
}

function createLocalTokens(pace: Pick<Pace, 'allowed'>): Tokens {
  const { requestsPerSecond, burst } = pace.allowed();
  const bucket = new TokenBucket({
    bucketSize: Math.max(1, burst),
    tokensPerInterval: requestsPerSecond,
    interval: 'second',
  });
  // The library starts empty; a budget with a burst of 20 means 20 at once, from the first second on.
  bucket.content = bucket.bucketSize;
  const follow = ({ requestsPerSecond: rate, burst: most }: RequestBudget): void => {
    if (rate === bucket.tokensPerInterval) return;
    // The time that has passed is paid at the rate of that time.
    bucket.drip();
    bucket.tokensPerInterval = rate;
    bucket.bucketSize = Math.max(1, most);
    bucket.content = Math.min(bucket.content, bucket.bucketSize);
  };
  return {
    take() {
      follow(pace.allowed());
      return bucket.tryRemoveTokens(1) ? 0 : Math.max(1, bucket.getWaitTime(1));
    },
    expire: () => {},
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
