import type { ChannelRule, ImageTagPolicy } from '../model/policy.ts';
import { admission, type NameTemplate, type Ranker } from './candidates.ts';
import { channelMove } from './channel-move.ts';
import { gapFindings, isOldEnough, renderChoice } from './eligible.ts';
import { platformGap } from './platforms.ts';
import type { Scored } from './select/scored.ts';
import type { VisibleTags } from './visible-tags.ts';
import { findingAt, type Origin, originOf, type Wishes } from './wish.ts';

export interface ChannelInput {
  readonly tags: VisibleTags;
  /** Without the names that copies and channels write. */
  readonly ranker: Ranker;
  /** The parsed name of a channel or backup. */
  readonly naming: (text: string) => NameTemplate;
  readonly now: Date;
}

/** What the channels of a policy want: each name on the best tag that is old enough. */
export function channelWishes(policy: ImageTagPolicy, input: ChannelInput): Wishes {
  const parts = policy.channels.flatMap((rule, index) => {
    return channel(rule, originOf(policy, `channels[${index}]`, renderChoice(rule)), input);
  });
  return {
    wishes: parts.flatMap(({ wishes }) => wishes),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

function channel(rule: ChannelRule, origin: Origin, input: ChannelInput): Wishes[] {
  const { tags, ranker, naming, now } = input;
  const scored = ranker(rule);
  const admitted = admission(rule.select);
  const complete = (candidate: Scored) =>
    admitted(candidate) && platformGap(candidate.tag, rule.requirePlatforms) === null;
  const eligible = (candidate: Scored) => complete(candidate) && isOldEnough(candidate, rule, now);
  const template = naming(rule.tag);
  const backup = rule.backup === null ? null : naming(rule.backup);
  const groups = template.literal
    ? new Map([[rule.tag, scored]])
    : Map.groupBy(scored, (candidate) => template.render(candidate));
  // Young candidates make a name too: its channel may be there and must not be cleaned up as unclaimed.
  const named = [...groups].filter(([, group]) => template.literal || group.some(admitted));
  const parts = named.map(([name, group]) =>
    channelMove({ rule, origin, name, group, admitted: complete, eligible, backup, tags, now }),
  );
  for (const [name, group] of named) {
    const findings = gapFindings(
      { what: `Channel "${name}"`, rule, origin },
      group.filter(admitted),
    );
    parts.push({ wishes: [], findings });
  }
  return template.literal && !scored.some(eligible)
    ? [...parts, noCandidate(origin, rule, scored)]
    : parts;
}

function noCandidate(origin: Origin, { tag }: ChannelRule, scored: readonly Scored[]): Wishes {
  const seen = scored.length === 1 ? '1 tag compares' : `${scored.length} tags compare`;
  const message = `Channel "${tag}" has no candidate: ${seen}, none is the ${origin.because}`;
  return { wishes: [], findings: [findingAt(origin, 'info', message)] };
}
