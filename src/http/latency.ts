import type { ApiRequest } from './request.ts';

/** What of a request tells how its time is to be taken. */
export type Timed = Pick<ApiRequest, 'operation' | 'bytes' | 'wantsStream'>;

/** Tells when answers take far longer than the same call took lately. */
export interface LatencyWatch {
  /** Notes how long a call took; true: far longer than its quickest of the last one to two minutes. */
  isSlow(request: Timed, tookMs: number): boolean;
}

/** A cloud that stays slow is not slow any more: its quickest answer is forgotten after this, or twice this. */
const MEMORY_MS = 60_000;
/** Both are wanted: a few milliseconds are soon quadrupled, by this process itself as well. */
const SLOWER_TIMES = 4;
const SLOWER_MS = 500;

interface Quickest {
  before: number;
  now: number;
  sinceMs: number;
}

/** A watch that has seen nothing yet. */
export function createLatencyWatch(monotonicMs: () => number): LatencyWatch {
  // The calls of an API are a handful.
  const quickest = new Map<string, Quickest>();

  const note = (operation: string, tookMs: number): number => {
    const nowMs = monotonicMs();
    const known = quickest.get(operation) ?? {
      before: Number.POSITIVE_INFINITY,
      now: Number.POSITIVE_INFINITY,
      sinceMs: nowMs,
    };
    if (nowMs - known.sinceMs >= MEMORY_MS) {
      known.before = known.now;
      known.now = Number.POSITIVE_INFINITY;
      known.sinceMs = nowMs;
    }
    known.now = Math.min(known.now, tookMs);
    quickest.set(operation, known);
    return Math.min(known.before, known.now);
  };

  return {
    isSlow({ operation, bytes, wantsStream }, tookMs) {
      // Contents take as long as they are.
      if (bytes !== undefined || wantsStream === true) return false;
      const leastMs = note(operation, tookMs);
      return tookMs > leastMs * SLOWER_TIMES && tookMs - leastMs > SLOWER_MS;
    },
  };
}
