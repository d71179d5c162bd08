import type { ChannelRule, ImageTagPolicy } from '../model/policy.ts';
import { renderDuration } from '../policy/duration.ts';
import { isOlderThan } from './age.ts';
import { isLiteral, renderName, renderSelection, scoreCandidates } from './candidates.ts';
import { channelMove } from './channel-move.ts';
import type { Scored } from './select/scored.ts';
import type { VisibleTags } from './visible-tags.ts';
import { findingAt, type Origin, originOf, type Wishes } from './wish.ts';

export interface ChannelInput {
  readonly tags: VisibleTags;
  /** Names channels write; never candidates. */
  readonly outputs: ReadonlySet<string>;
  readonly now: Date;
}

/** What the channels of a policy want: each name on the best tag that is old enough. */
export function channelWishes(policy: ImageTagPolicy, input: ChannelInput): Wishes {
  const parts = policy.channels.flatMap((rule, index) => {
    const age = rule.minAgeMs > 0 ? `, at least ${renderDuration(rule.minAgeMs)} old` : '';
    const because = `${renderSelection(rule.select)}${age}`;
    return channel(rule, originOf(policy, `channels[${index}]`, because), input);
  });
  return {
    wishes: parts.flatMap(({ wishes }) => wishes),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

function channel(
  rule: ChannelRule,
  origin: Origin,
  { tags, outputs, now }: ChannelInput,
): Wishes[] {
  const scored = scoreCandidates(
    rule,
    tags.all.filter(({ name }) => !outputs.has(name)),
    now,
  );
  const candidates = scored.filter(
    ({ tag, admitted }) =>
      admitted && (rule.minAgeMs === 0 || isOlderThan(tag, rule.minAgeMs, now)),
  );
  // Names come from young candidates too: their channel may be there and must not be cleaned up as unclaimed.
  const literal = isLiteral(rule.tag);
  const nameOf = ({ scope }: Scored) => renderName(rule.tag, scope);
  const names = literal ? [rule.tag] : scored.filter(({ admitted }) => admitted).map(nameOf);
  const parts = [...new Set(names)].map((name) => {
    const group = scored.filter((entry) => nameOf(entry) === name);
    const eligible = group.filter((entry) => candidates.includes(entry));
    return channelMove({ rule, origin, name, group, eligible, tags });
  });
  return literal && candidates.length === 0 ? [...parts, noCandidate(origin, rule, scored)] : parts;
}

function noCandidate(origin: Origin, { tag }: ChannelRule, scored: readonly Scored[]): Wishes {
  const seen = scored.length === 1 ? '1 tag compares' : `${scored.length} tags compare`;
  const message = `Channel "${tag}" has no candidate: ${seen}, none is the ${origin.because}`;
  return { wishes: [], findings: [findingAt(origin, 'info', message)] };
}
