import type { Finding } from '../model/plan.ts';
import type { ChannelRule } from '../model/policy.ts';
import { renderDuration } from '../policy/duration.ts';
import { isOlderThan } from './age.ts';
import { renderSelection } from './candidates.ts';
import { platformGap } from './platforms.ts';
import type { Scored } from './select/scored.ts';
import { findingAt, type Origin } from './wish.ts';

/** What channels and promotions ask of a candidate besides its rank. */
export type Conditions = Pick<ChannelRule, 'select' | 'minAgeMs' | 'ageBy' | 'requirePlatforms'>;

/** True when no age is asked for, or the candidate is known to be that old. */
export function isOldEnough({ tag }: Scored, { minAgeMs, ageBy }: Conditions, now: Date): boolean {
  return minAgeMs === 0 || isOlderThan(tag, { ms: minAgeMs, by: ageBy }, now);
}

const SINCE = {
  stated: '',
  created: ' since it was created',
  'first-seen': ' since it was first seen',
} as const satisfies Record<ChannelRule['ageBy'], string>;

/** What is chosen, as reports word it. */
export function renderChoice({ select, minAgeMs, ageBy, requirePlatforms }: Conditions): string {
  const age = minAgeMs > 0 ? `, at least ${renderDuration(minAgeMs)} old${SINCE[ageBy]}` : '';
  const platforms = requirePlatforms.length > 0 ? `, for ${requirePlatforms.join(' and ')}` : '';
  return `${renderSelection(select)}${age}${platforms}`;
}

interface Asking {
  /** Who asks, such as `Channel "stable"`. */
  readonly what: string;
  readonly rule: Conditions;
  readonly origin: Origin;
}

/** Says which candidates better than any complete one are left out for their platforms. */
export function gapFindings({ what, rule, origin }: Asking, group: readonly Scored[]): Finding[] {
  if (rule.requirePlatforms.length === 0) return [];
  const judged = group.map(({ tag, score }) => {
    return { tag, score, gap: platformGap(tag, rule.requirePlatforms) };
  });
  const complete = judged.filter(({ gap }) => gap === null);
  const top = complete.reduce((best, { score }) => Math.max(best, score), Number.NEGATIVE_INFINITY);
  const better = judged.filter(({ gap, score }) => gap !== null && score > top);
  const [first, ...others] = better.toSorted((left, right) => right.score - left.score);
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const message = `${what} leaves out "${first.tag.name}": ${first.gap}${more}`;
  return [findingAt(origin, 'info', message)];
}
