/** What became of a request, as far as it tells of the cloud's limits. */
export type Fate =
  /** Refused for coming too soon. */
  | { readonly type: 'throttled'; readonly retryAfterMs: number | null }
  | { readonly type: 'answered' }
  /** No answer, or one that tells nothing. */
  | { readonly type: 'unknown' };

/** Answers to what was sent at one rate. */
export interface Round {
  /** Of its first answer; null: none came yet. */
  sinceMs: number | null;
  answers: number;
  throttled: number;
  /** The latest moment that a throttled answer asked to wait for. */
  holdUntilMs: number;
}

export type Verdict =
  /** Too early to say. */
  | { readonly type: 'open' }
  | { readonly type: 'good' }
  /** The account is asked too fast. */
  | { readonly type: 'down' }
  /** Going slower has changed nothing since it was this fast. */
  | { readonly type: 'vain'; readonly perSecond: number };

/** A longer wait is left to the queue, which cools the account down. */
export const LONGEST_HOLD_MS = 30_000;
/** A round is long enough to tell the share of throttled answers from chance. */
const ROUND_MS = 1_000;
const LEAST_ANSWERS = 50;
const LEAST_THROTTLED = 5;
/** Less is taken for chance; so much too many is sent at the top of a climb. */
const SHARE = 0.08;
/** So bad that nobody waits for the end of the round. */
const FLOOD = { answers: 16, share: 0.5 } as const;
/** Steps down, one after the other, that left the share as it was: it does not come from the rate. */
const VAIN_STEPS = 3;
/** Of the speed before them; a rate that nobody uses up can be lowered without effect. */
const SLOWER = 0.8;
/** After that only a flood counts, for so long. */
const DEAF_MS = 30_000;

/** A round without any answer. */
export function aRound(): Round {
  return { sinceMs: null, answers: 0, throttled: 0, holdUntilMs: 0 };
}

/** Part of the answers that were throttled, 0–1. */
export function shareOf({ answers, throttled }: Round): number {
  return answers === 0 ? 0 : throttled / answers;
}

/** Counts an answer that came now. */
export function note(round: Round, fate: Fate, nowMs: number): void {
  round.sinceMs ??= nowMs;
  round.answers += 1;
  if (fate.type !== 'throttled') return;
  round.throttled += 1;
  const waitMs = Math.min(fate.retryAfterMs ?? 0, LONGEST_HOLD_MS);
  round.holdUntilMs = Math.max(round.holdUntilMs, nowMs + waitMs);
}

/** Steps down after which the share was never halved. */
interface Descent {
  steps: number;
  readonly share: number;
  /** Answers of this process in a millisecond. */
  readonly speed: number;
  readonly perSecond: number;
}

/** Says after each answer what a round at this rate shows; remembers the rounds before it. */
export function createJudge(): (round: Round, perSecond: number, nowMs: number) => Verdict {
  let descent: Descent | null = null;
  let deafUntilMs = 0;

  const descend = (round: Round, perSecond: number, nowMs: number): Verdict => {
    const share = shareOf(round);
    const speed = round.answers / (nowMs - (round.sinceMs ?? nowMs));
    descent ??= { steps: 0, share, speed, perSecond };
    descent.steps += 1;
    const isEased = share < descent.share / 2;
    const isSlower = speed < descent.speed * SLOWER;
    if (descent.steps <= VAIN_STEPS || isEased || !isSlower) return { type: 'down' };
    const before = descent.perSecond;
    deafUntilMs = nowMs + DEAF_MS;
    descent = null;
    return { type: 'vain', perSecond: before };
  };
  return (round, perSecond, nowMs) => {
    const share = shareOf(round);
    if (round.answers >= FLOOD.answers && share >= FLOOD.share) {
      descent = null;
      return { type: 'down' };
    }
    const isLong = nowMs - (round.sinceMs ?? nowMs) >= ROUND_MS;
    if (!isLong || round.answers < LEAST_ANSWERS) return { type: 'open' };
    const isThrottled = round.throttled >= LEAST_THROTTLED && share >= SHARE;
    if (isThrottled && nowMs >= deafUntilMs) return descend(round, perSecond, nowMs);
    if (descent !== null && share < descent.share / 2) descent = null;
    return { type: 'good' };
  };
}
