import { createLatencyWatch, type Timed } from './latency.ts';
import type { Fate } from './rounds.ts';

/** How many requests of an account may be in flight. */
export interface Crowd {
  limit(): number;
  /** The account is asked more slowly by this factor. */
  shrink(step: number): void;
  /** A request goes out; the function is told its fate, and whether it was sent after the last step down. */
  enter(request: Timed): (fate: Fate, isRecent: boolean) => void;
}

/** Answers that take far longer than usual take a part of those in flight away, down to a tenth. */
const SLOW_STEP = 0.75;
const SLOW_FLOOR = 0.1;

/** `most` to begin with; one more after as many good answers, fewer with the rate or when the cloud gets slow. */
export function createCrowd(most: number, monotonicMs: () => number): Crowd {
  const latency = createLatencyWatch(monotonicMs);
  const least = Math.max(1, Math.ceil(most * SLOW_FLOOR));
  let limit = most;
  let inFlight = 0;
  let window = aWindow();

  const judge = ({ slow, answers, isFull }: Window): void => {
    window = aWindow();
    if (slow * 2 <= answers) limit = Math.min(most, limit + 1);
    // With fewer in flight than allowed they are not slow because of each other.
    else if (isFull) limit = Math.max(Math.min(limit, least), Math.floor(limit * SLOW_STEP));
  };

  return {
    limit: () => limit,
    shrink(step) {
      limit = Math.max(1, Math.floor(limit * step));
      window = aWindow();
    },
    enter(request) {
      inFlight += 1;
      const sentMs = monotonicMs();
      return ({ type }, isRecent) => {
        if (inFlight >= limit) window.isFull = true;
        inFlight -= 1;
        if (type !== 'answered') return;
        const isSlow = latency.isSlow(request, monotonicMs() - sentMs);
        if (!isRecent) return;
        window.answers += 1;
        if (isSlow) window.slow += 1;
        if (window.answers >= limit) judge(window);
      };
    },
  };
}

/** As many answers as may be in flight: about a round trip of a busy account. */
interface Window {
  answers: number;
  slow: number;
  /** At some time as many were in flight as allowed. */
  isFull: boolean;
}

function aWindow(): Window {
  return { answers: 0, slow: 0, isFull: false };
}
