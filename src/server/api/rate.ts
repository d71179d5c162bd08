/** Allows `perSecond` on the long run and `burst` at once, to each caller. */
export interface Rate {
  /** Takes one; returns 0, or the seconds to wait when there is none left. */
  take(caller: string, now: Date): number;
}

export interface RateOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** Callers that are remembered; the one that asked longest ago is forgotten first. */
const MOST_CALLERS = 1_024;

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** A token bucket for each caller, in bounded memory. */
export function createRate({ perSecond, burst }: RateOptions): Rate {
  const buckets = new Map<string, Bucket>();
  return {
    take(caller, now) {
      const nowMs = now.getTime();
      const { left, atMs } = buckets.get(caller) ?? { left: burst, atMs: nowMs };
      const filled = Math.min(burst, left + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
      const isAllowed = filled >= 1;
      buckets.delete(caller);
      buckets.set(caller, { left: isAllowed ? filled - 1 : filled, atMs: nowMs });
      if (buckets.size > MOST_CALLERS) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      return isAllowed ? 0 : Math.ceil((1 - filled) / perSecond);
    },
  };
}
