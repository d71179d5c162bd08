import type { ChannelRule } from '../model/policy.ts';
import { renderDuration } from '../policy/duration.ts';
import { ageStartMs } from './age.ts';
import type { Scored } from './select/scored.ts';
import { HOLD, type Origin, RANK, type Wish, wish } from './wish.ts';

export interface WaitInput {
  readonly rule: ChannelRule;
  readonly origin: Origin;
  /** The channel's name, rendered. */
  readonly name: string;
  readonly now: Date;
}

const WAITS = 'waits for its age: ';

/** Says of a channel and of a better candidate that only age keeps the one from the other. */
export function waitingHolds(
  { origin, name, rule, now }: WaitInput,
  best: Scored | undefined,
  waiting: Scored | undefined,
): Wish[] {
  if (waiting === undefined || waiting.score === best?.score) return [];
  const { tag } = waiting;
  const boundMs = ageStartMs(tag, rule.ageBy, now);
  const due =
    boundMs === null
      ? 'and no credible time is stated for it'
      : `which it is from ${new Date(boundMs + rule.minAgeMs).toISOString()} on`;
  const wanted = `at least ${renderDuration(rule.minAgeMs)} old, ${due}`;
  const because = `${WAITS}"${name}" takes "${tag.name}" when that is ${wanted}`;
  return [name, tag.name].map((one) => wish({ ...origin, because }, one, RANK.assert, HOLD));
}

/** Why only age keeps a channel from a candidate; null: the wish says something else. */
export function waitOf({ want, origin: { because } }: Wish): string | null {
  return want.type === 'hold' && because.startsWith(WAITS) ? because : null;
}
