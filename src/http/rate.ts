import { aRound, createJudge, type Fate, note, type Round, shareOf } from './rounds.ts';

/** A step down: the rate that it went to, how long ago, and for how long nothing may be sent. */
export interface Cut {
  readonly perSecond: number;
  readonly agoMs: number;
  readonly holdMs: number;
  /** The rate before it: good rounds go halfway back to it, one after the other. */
  readonly beforePerSecond: number;
}

/** How many requests a second an account may be sent. */
export interface Rate {
  perSecond(): number;
  /** Milliseconds for which nothing may be sent; 0: none. */
  holdMs(): number;
  /** Another process has stepped down. */
  follow(cut: Cut): void;
  /** The round in which a request goes out. */
  round(): Round;
  /** Counts the answer of a request of that round; what was sent before a step down says nothing about the rate after it. */
  count(round: Round, fate: Fate): void;
}

export interface RateOptions {
  /** As configured: the rate to begin with, and the most there is. */
  readonly most: number;
  readonly monotonicMs: () => number;
  /** Told of each step down that the answers have caused, and by what factor it was. */
  readonly onCut: (cut: Cut, step: number) => void;
}

/** One step down goes to what the answers say that the cloud takes, less a little, but at most to half. */
const LARGEST_STEP = 0.5;
const MARGIN = 0.99;
const SLOWEST_PER_SECOND = 1;
/** So near to where it was throttled, the rate only climbs. */
const NEAR = 0.9;
/** The climb: × 1.03 after 11 s, × 1.1 after 20 s, × 2.5 after a minute, × 37 after two. */
const CLIMB_MS = 63_000;

/** Steps down when the cloud throttles, and climbs by the clock (ADR 0019). */
export function createRate({ most, monotonicMs, onCut }: RateOptions): Rate {
  const judge = createJudge();
  const slowest = Math.min(most, SLOWEST_PER_SECOND);
  let from: { readonly perSecond: number; readonly atMs: number } | null = null;
  let round = aRound();
  let holdUntilMs = 0;
  let ceiling = 0;

  const perSecond = (): number => {
    if (from === null) return most;
    const climbed = from.perSecond * Math.exp(((monotonicMs() - from.atMs) / CLIMB_MS) ** 2);
    if (climbed < most) return climbed;
    from = null;
    return most;
  };
  const climbFrom = (rate: number, agoMs: number): void => {
    from = { perSecond: rate, atMs: monotonicMs() - agoMs };
    round = aRound();
  };
  const follow = ({ perSecond: wanted, agoMs, holdMs, beforePerSecond }: Cut): void => {
    climbFrom(Math.min(perSecond(), wanted), agoMs);
    ceiling = beforePerSecond;
    holdUntilMs = Math.max(holdUntilMs, monotonicMs() + holdMs);
  };
  const stepDown = (counted: Round): void => {
    const before = perSecond();
    const step = Math.max(LARGEST_STEP, 1 - shareOf(counted)) * MARGIN;
    const holdMs = Math.max(0, counted.holdUntilMs - monotonicMs());
    const perSecondNow = Math.max(slowest, before * step);
    const isFlood = shareOf(counted) >= LARGEST_STEP;
    const beforePerSecond = isFlood ? before : perSecondNow;
    const cut = { perSecond: perSecondNow, agoMs: 0, holdMs, beforePerSecond };
    follow(cut);
    onCut(cut, step);
  };

  return {
    perSecond,
    follow,
    holdMs: () => Math.max(0, holdUntilMs - monotonicMs()),
    round: () => round,
    count(counted, fate) {
      if (fate.type === 'unknown' || counted !== round) return;
      note(counted, fate, monotonicMs());
      const verdict = judge(counted, perSecond(), monotonicMs());
      if (verdict.type === 'down') stepDown(counted);
      else if (verdict.type === 'vain') climbFrom(verdict.perSecond, 0);
      // Those in flight belong to the next one: the rate is the same.
      else if (verdict.type === 'good') {
        const isFar = counted.throttled === 0 && perSecond() < ceiling * NEAR;
        if (isFar) climbFrom((perSecond() + ceiling) / 2, 0);
        else Object.assign(counted, aRound());
      }
    },
  };
}
