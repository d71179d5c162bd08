import type { Plan } from '../model/plan.ts';
import type { ChannelRule, ImageTagPolicy, PromoteRule } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { type Target, targetKey } from '../model/target.ts';
import { destinationsOf, suppliesOf } from '../policy/promotion.ts';
import { admission, createRanker, type Ranker } from './candidates.ts';
import { currentOf } from './listed-tags.ts';
import { createReading } from './reading.ts';
import { visibleTags } from './visible-tags.ts';

/** What the rules about one repository's tags go by, besides names and digests. */
export interface FactNeeds {
  readonly channels: readonly ChannelRule[];
  readonly promote: readonly PromoteRule[];
  readonly retain: ImageTagPolicy['retain'];
}

const NO_NEEDS: FactNeeds = { channels: [], promote: [], retain: [] };

/** Rules that judge the tags of the target itself. */
export function needsAt(policies: readonly ImageTagPolicy[], target: Target): FactNeeds {
  if (policies.length === 0) return NO_NEEDS;
  const own = policies.filter((policy) => suppliesOf(policy, target).length === 0);
  return {
    channels: own.flatMap(({ channels }) => channels),
    promote: own
      .filter((policy) => destinationsOf(policy, target).length > 0)
      .flatMap(({ promote }) => promote),
    retain: own.flatMap(({ retain }) => retain),
  };
}

/** Rules that judge the tags of a source for what they bring to the target. */
export function needsOfSource(
  policies: readonly ImageTagPolicy[],
  target: Target,
  source: Target,
): FactNeeds {
  const promote = policies
    .flatMap((policy) => suppliesOf(policy, target))
    .filter((supply) => targetKey(supply.source) === targetKey(source))
    .map(({ rule }) => rule);
  return { channels: [], promote, retain: [] };
}

function isNothing({ channels, promote, retain }: FactNeeds): boolean {
  return channels.length + promote.length + retain.length === 0;
}

/** True when a rule counts an age from the first sight of a tag. */
export function needsFirstSeen({ channels, promote, retain }: FactNeeds): boolean {
  return [channels, promote, retain].some(countFirstSight);
}

function countFirstSight(rules: readonly Pick<ChannelRule, 'ageBy'>[]): boolean {
  return rules.some(({ ageBy }) => ageBy === 'first-seen');
}

/**
 * Digests whose facts a plan needs: platforms of what a rule may choose, and build times where the listing states no time
 * and a rule asks for one. Sorted; what the listing already says is not asked for.
 */
export function wantedFacts(
  needs: FactNeeds,
  listed: readonly ListedTag[],
  now: Date,
): readonly string[] {
  if (isNothing(needs)) return [];
  const choosing = [...needs.channels, ...needs.promote];
  const byPlatform = choosing.filter(({ requirePlatforms }) => requirePlatforms.length > 0);
  const lacks = missingTime(needs, choosing);
  // Large repositories mostly have all that is asked for, and need not be sorted to see it.
  if (byPlatform.length === 0 && !listed.some(lacks)) return [];
  const { all } = visibleTags(currentOf(listed));
  const ranker = createRanker(all, createReading(), now);
  const wanted = [
    ...byPlatform.flatMap((rule) => withoutPlatforms(rule, ranker)),
    ...all.filter(lacks),
  ];
  return [...new Set(wanted.flatMap(({ value }) => value ?? []))].sort();
}

/**
 * Contents whose parts decide whether a delete may be made, given the plan without regard to what is in use: those that
 * are to lose a name and are not in use themselves. Sorted; none where nothing runs.
 */
export function wantedChildren(
  { operations }: Plan,
  digests: ReadonlySet<string>,
): readonly string[] {
  if (digests.size === 0) return [];
  const doomed = operations.flatMap((one) => (one.type === 'delete' ? (one.replaces ?? []) : []));
  return [...new Set(doomed)].filter((digest) => !digests.has(digest)).sort();
}

/** Whether a tag lacks a time that a rule goes by. */
function missingTime(
  { retain }: FactNeeds,
  choosing: readonly Choosing[],
): (tag: ListedTag) => boolean {
  const anyTime = choosing.some(asksForTime) || retain.some(retainAsksForTime);
  const buildTime = choosing.some(asksForBuild) || retain.some(({ ageBy }) => ageBy === 'created');
  return ({ createdAt, updatedAt }) =>
    createdAt === null && (buildTime || (anyTime && updatedAt === null));
}

type Choosing = ChannelRule | PromoteRule;

function withoutPlatforms(rule: Choosing, ranker: Ranker): readonly ListedTag[] {
  return ranker(rule)
    .filter(admission(rule.select))
    .map(({ tag }) => tag)
    .filter(({ platforms = null }) => platforms === null);
}

function asksForTime({ select, minAgeMs, ageBy }: Choosing): boolean {
  return (minAgeMs > 0 && ageBy === 'stated') || select.by === 'newest';
}

function asksForBuild({ select, minAgeMs, ageBy }: Choosing): boolean {
  const byBuild = select.by === 'newest' && select.time === 'created';
  return (minAgeMs > 0 && ageBy === 'created') || byBuild;
}

function retainAsksForTime({ newest, olderThanMs, ageBy }: FactNeeds['retain'][number]): boolean {
  return newest !== null || (olderThanMs !== null && ageBy === 'stated');
}
