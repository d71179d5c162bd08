import { ReconcileError } from '../model/errors.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { classifyStatus } from './classification.ts';
import { createPool, exchange } from './exchange.ts';
import { createLimiter } from './limiter.ts';
import { parseRetryAfter, type RetryOptions, withRetry } from './retry.ts';

/** One message as it goes out; headers are made anew for each attempt, as a signature covers its time. */
export interface Message {
  readonly headers: (now: Date) => Readonly<Record<string, string>>;
  readonly body: string;
}

/** What became of a message. `detail` names a status or a network code, never the URL or an answer. */
export type Posted =
  | { readonly status: 'delivered'; readonly attempts: number }
  /** The receiver answered that it will not have it. */
  | { readonly status: 'rejected'; readonly attempts: number; readonly detail: string }
  /** Every attempt came to nothing, or the signal ended them. */
  | { readonly status: 'failed'; readonly attempts: number; readonly detail: string };

/** Posts messages to one URL, one at a time, at its rate, with retries. */
export interface Poster {
  /** Waits for its turn, then sends what `compose` gives; null: nothing is left to send. Never rejects. */
  post(compose: () => Message | null, signal: AbortSignal): Promise<Posted | null>;
  close(): Promise<void>;
}

export interface PosterOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly requestsPerSecond: number;
  /** How many may follow each other at once after a pause. */
  readonly burst: number;
  readonly retries: RetryOptions;
  readonly now: () => Date;
  readonly random: () => number;
}

/** Answers are not read; one this long is cut. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

interface Place {
  readonly options: PosterOptions;
  readonly pool: ReturnType<typeof createPool>;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
}

/** A poster for one URL; follows no redirect and reads no answer. */
export function createPoster(options: PosterOptions): Poster {
  const url = new URL(options.url);
  const { requestsPerSecond, burst, timeoutMs } = options;
  const limiter = createLimiter({ requestsPerSecond, burst, concurrency: 1 });
  const place: Place = {
    options,
    pool: createPool({
      endpoint: url.origin,
      connections: 1,
      timeoutMs,
      caFile: null,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    }),
    segments: url.pathname.split('/').slice(1).map(decodeURIComponent),
    query: [...url.searchParams],
  };
  return {
    async post(compose, signal) {
      let release = (): void => {};
      try {
        release = await limiter.acquire(signal);
        const message = compose();
        return message === null ? null : await deliver(place, message, signal);
      } catch {
        return { status: 'failed', attempts: 0, detail: 'stopped' };
      } finally {
        release();
      }
    },
    close: async () => await place.pool.destroy(),
  };
}

async function deliver(place: Place, message: Message, signal: AbortSignal): Promise<Posted> {
  const { retries, random } = place.options;
  let attempts = 0;
  try {
    return await withRetry(
      async (): Promise<Posted> => {
        attempts += 1;
        const detail = await attempt(place, message, signal);
        if (detail === null) return { status: 'delivered', attempts };
        return { status: 'rejected', attempts, detail };
      },
      retries,
      random,
      signal,
    );
  } catch (error) {
    const detail = signal.aborted ? 'stopped' : reasonOf(error);
    return { status: 'failed', attempts, detail };
  }
}

/** Null: it was taken; a text: it never will be. Throws AttemptFailure when another attempt may help. */
async function attempt(
  { options, pool, segments, query }: Place,
  { headers, body }: Message,
  signal: AbortSignal,
): Promise<string | null> {
  const request = {
    operation: 'Notify',
    method: 'POST',
    segments,
    query,
    headers: headers(options.now()),
    body,
    idempotent: true,
  } as const;
  const response = await exchange(
    pool,
    request,
    { timeoutMs: options.timeoutMs, requestId: null },
    signal,
  );
  const detail = `status ${response.status}`;
  // The body is the receiver's own business: Slack answers "ok", which is no JSON.
  const verdict = classifyStatus({ ...response, text: '', attempts: 1 });
  if (verdict.type === 'throttled' || verdict.type === 'fault') {
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], options.now());
    const kind = verdict.type;
    throw new AttemptFailure({ kind, mayHaveRun: true, retryAfterMs }, detail);
  }
  return response.status >= 200 && response.status < 300 ? null : detail;
}

/** Errors of the exchange are worded without the URL; those of others are not told. */
function reasonOf(error: unknown): string {
  const isWorded = error instanceof AttemptFailure || error instanceof ReconcileError;
  return isWorded ? error.message : 'it cannot be reached as configured';
}
