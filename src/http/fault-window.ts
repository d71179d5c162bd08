import { CircuitState, type IBreaker } from 'cockatiel';

/** When an account counts as down: so many faults in a row, or this share of at least as many requests within the time. */
export interface FaultThreshold {
  readonly windowMs: number;
  readonly leastRequests: number;
  /** 0–1. */
  readonly faultShare: number;
}

/** What lately became of requests. */
export interface FaultWindow extends IBreaker {
  /** `12 of 20 requests within 30 s failed`, or `20 requests in a row failed`. */
  describe(): string;
}

/**
 * Counts the faults of a sliding window, in slices of a second. The row is for a busy account, where the good answers of half
 * a minute would outvote a cloud that is down for long. cockatiel's own SamplingBreaker forgets a slice only when a new
 * one is counted, so on a quiet account it would add up faults of hours.
 */
export function createFaultWindow(threshold: FaultThreshold): FaultWindow {
  const slices = new Map<number, { requests: number; faults: number }>();
  let row = 0;
  let latest = Number.NaN;

  const forget = (second: number): void => {
    for (const old of slices.keys()) {
      // A clock that was set back leaves slices of the future.
      if ((second - old) * 1_000 >= threshold.windowMs || old > second) slices.delete(old);
    }
    if (slices.size === 0) row = 0;
  };
  const count = (isFault: boolean): void => {
    const second = Math.floor(Date.now() / 1_000);
    // Once a second: slices end with seconds, as the window does.
    if (second !== latest) forget(second);
    latest = second;
    row = isFault ? row + 1 : 0;
    let slice = slices.get(second);
    if (slice === undefined) {
      slice = { requests: 0, faults: 0 };
      slices.set(second, slice);
    }
    slice.requests += 1;
    if (isFault) slice.faults += 1;
  };
  const sum = (): { readonly requests: number; readonly faults: number } => {
    const all = [...slices.values()];
    return {
      requests: all.reduce((total, { requests }) => total + requests, 0),
      faults: all.reduce((total, { faults }) => total + faults, 0),
    };
  };

  return {
    state: null,
    success(state) {
      // The probe went well: what was before says nothing about now.
      if (state === CircuitState.HalfOpen) slices.clear();
      count(false);
    },
    failure(state) {
      count(true);
      if (state !== CircuitState.Closed) return true;
      if (row >= threshold.leastRequests) return true;
      const { requests, faults } = sum();
      return requests >= threshold.leastRequests && faults >= requests * threshold.faultShare;
    },
    describe() {
      const { requests, faults } = sum();
      if (row >= threshold.leastRequests) return `${row} requests in a row failed`;
      return `${faults} of ${requests} requests within ${threshold.windowMs / 1_000} s failed`;
    },
  };
}
