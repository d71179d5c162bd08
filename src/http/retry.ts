import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { AttemptFailure } from './attempt-failure.ts';

/** How often and how patiently one call is repeated before the queue takes over. */
export interface RetryOptions {
  /** Requests in all, the first included. */
  readonly attempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A longer wanted wait is not slept through but handed up to the queue. */
  readonly maxRetryAfterMs: number;
}

export const DEFAULT_RETRIES: RetryOptions = {
  attempts: 5,
  minDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 30_000,
};

const MAX_WANTED_WAIT_MS = 15 * 60_000;
/** Huawei asks for 2–5 s after a throttled call that names no wait: 4 to 10 times the first back-off. */
const THROTTLED_FACTORS = { least: 4, most: 10 } as const;

/** Runs `attempt` again after each AttemptFailure, with full jitter or the wait the provider asked for. */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  options: RetryOptions,
  random: () => number,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  try {
    return await attempt();
  } catch (error) {
    return await retryAfter(error, attempt, { options, random, signal });
  }
}

/** What retrying is done with. */
export interface Retrying {
  readonly options: RetryOptions;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Goes on where the first attempt has failed. Most calls end without: the library, which costs as much as signing does, hears
 * of the first attempt when it failed.
 */
export async function retryAfter<T>(
  failure: unknown,
  attempt: () => Promise<T>,
  { options, random, signal }: Retrying,
): Promise<T> {
  let isTold = false;
  const next = async (): Promise<T> => {
    if (isTold) return await attempt();
    isTold = true;
    throw failure;
  };
  return await pRetry(next, {
    signal,
    retries: options.attempts - 1,
    // p-retry knows neither full jitter nor Retry-After, so the wait is ours and its own is zero.
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof AttemptFailure)) return false;
      if ((error.retryAfterMs ?? 0) > options.maxRetryAfterMs) return false;
      await sleep(delayBeforeRetry(error, attemptNumber, options, random), undefined, { signal });
      return true;
    },
  });
}

/** Milliseconds to wait after the given attempt (1 is the first). */
export function delayBeforeRetry(
  failure: Pick<AttemptFailure, 'kind' | 'retryAfterMs'>,
  attempt: number,
  options: RetryOptions,
  random: () => number,
): number {
  const ceiling = Math.min(options.maxDelayMs, options.minDelayMs * 2 ** (attempt - 1));
  // Jitter on top of the wanted wait: a fleet told the same second must not come back in the same millisecond.
  if (failure.retryAfterMs !== null) return failure.retryAfterMs + random() * options.minDelayMs;
  if (failure.kind === 'fault') return random() * ceiling;
  const { least, most } = THROTTLED_FACTORS;
  return Math.min(options.maxDelayMs, ceiling * (least + random() * (most - least)));
}

/** Milliseconds a Retry-After header asks for, seconds or HTTP date, at most 15 minutes; null: none or unreadable. */
export function parseRetryAfter(header: string | undefined, now: Date): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Number(text) * 1000, MAX_WANTED_WAIT_MS);
  if (!/^[A-Za-z]{3}/.test(text)) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  return Math.min(Math.max(at - now.getTime(), 0), MAX_WANTED_WAIT_MS);
}
