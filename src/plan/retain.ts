import type { ImageTagPolicy, RetainRule } from '../model/policy.ts';
import { renderDuration } from '../policy/duration.ts';
import { ageStartMs, boundAtMs, isOlderThan } from './age.ts';
import type { PlacedTag } from './listed-tags.ts';
import { rangeTest } from './range-test.ts';
import type { Reading } from './reading.ts';
import { ABSENT, HOLD, originOf, RANK, type Wish, wishFor } from './wish.ts';

export interface RetainInput {
  /** All tags the rules may see but those that copies and channels write. */
  readonly tags: readonly PlacedTag[];
  readonly reading: Reading;
  readonly now: Date;
}

/** What the retain rules want: kept names held, matched names gone. A tag no rule matches is not mentioned. */
export function retainWishes(policy: ImageTagPolicy, input: RetainInput): Wish[] {
  return policy.retain.flatMap((rule, index) => {
    const origin = originOf(policy, `retain[${index}]`, becauseOf(rule));
    switch (rule.action) {
      case 'keep':
        return keptBy(rule, input).map((tag) => wishFor(origin, tag, RANK.assert, HOLD));
      case 'delete':
        return deletedBy(rule, input).map((tag) => wishFor(origin, tag, RANK.remove, ABSENT));
    }
  });
}

function becauseOf({ name, pattern, semver, olderThanMs, newest, ...rest }: RetainRule): string {
  const counted = rest.countBy === 'digest' ? 'newest digests' : 'newest';
  const group = rest.groupBy === null ? '' : ` of each ${rest.groupBy}`;
  const conditions = [
    ...(pattern === null ? [] : [`matches ${pattern}`]),
    ...(semver === null ? [] : [`is a version in ${semver}`]),
    ...(olderThanMs === null ? [] : [`is older than ${renderDuration(olderThanMs)}`]),
    ...(newest === null ? [] : [`is among the ${newest} ${counted}${group}`]),
  ];
  return `rule "${name}": ${conditions.join(' and ') || 'every tag'}`;
}

/** Tags whose name meets the rule; times are judged by the caller, as doubt means keep. */
function namedBy(rule: RetainRule, { tags, reading }: RetainInput): readonly PlacedTag[] {
  const { action, pattern, semver } = rule;
  // A keep whose range spells out a prerelease asks for them; a delete never reaches further than releases.
  const prerelease = action === 'keep' && /\d-\w/.test(semver ?? '');
  const matched = pattern === null ? tags : reading.matched(pattern, tags);
  if (semver === null) return matched;
  const inRange = rangeTest({ range: semver, prerelease });
  return reading.numbered(matched).filter(({ name }) => {
    const version = reading.version(name);
    return version !== null && inRange(version);
  });
}

/** A rule that counts the newest describes what to keep; with `delete` it says nothing certain and matches nothing. */
function deletedBy(rule: RetainRule, input: RetainInput): readonly PlacedTag[] {
  if (rule.newest !== null) return [];
  const { olderThanMs } = rule;
  const named = namedBy(rule, input);
  if (olderThanMs === null) return named;
  const age = { ms: olderThanMs, by: rule.ageBy };
  return named.filter((tag) => isOlderThan(tag, age, input.now));
}

function keptBy(rule: RetainRule, input: RetainInput): readonly PlacedTag[] {
  const { olderThanMs, ageBy: by, newest, groupBy, countBy } = rule;
  const { now } = input;
  const named = namedBy(rule, input);
  const inAge =
    olderThanMs === null
      ? named
      : named.filter(
          (tag) =>
            ageStartMs(tag, by, now) === null || isOlderThan(tag, { ms: olderThanMs, by }, now),
        );
  if (newest === null) return inAge;
  const groups = Map.groupBy(inAge, groupOf(groupBy, input.reading));
  const kept = [...groups].flatMap(([group, members]) =>
    group === null ? members : newestOf(members, { count: newest, countBy, now }),
  );
  return countBy === 'digest' ? withSiblings(kept, input.tags) : kept;
}

/** The first named group of the pattern; null: the name has no group, so its rank in it is not known. */
function groupOf(groupBy: string | null, reading: Reading): (tag: PlacedTag) => string | null {
  if (groupBy === null) return () => '';
  const pattern = reading.pattern(groupBy);
  const first = pattern.groupNames[0] ?? '';
  const part = reading.part(groupBy, first);
  return ({ name }) => part(name);
}

interface Count {
  readonly count: number;
  readonly countBy: RetainRule['countBy'];
  readonly now: Date;
}

/** The N newest with a credible time, everything as new as the last of them, and all without one. */
function newestOf(members: readonly PlacedTag[], { count, countBy, now }: Count): PlacedTag[] {
  const newest = Float64Array.from(countedTimes(members, countBy, now)).sort();
  const oldestKept = newest[Math.max(0, newest.length - count)] ?? 0;
  return members.filter((tag) => (boundAtMs(tag, now) ?? oldestKept) >= oldestKept);
}

/** When each name was bound; or each content, which is as new as its newest name. */
function countedTimes(
  members: readonly PlacedTag[],
  countBy: RetainRule['countBy'],
  now: Date,
): Iterable<number> {
  const names: number[] = [];
  const contents = new Map<string, number>();
  for (const tag of members) {
    const ms = boundAtMs(tag, now);
    if (ms === null) continue;
    if (countBy === 'name') {
      names.push(ms);
      continue;
    }
    const content = tag.value ?? tag.name;
    contents.set(content, Math.max(ms, contents.get(content) ?? ms));
  }
  return countBy === 'name' ? names : contents.values();
}

/** All names of what is kept, whatever rule they meet: the content was what the rule counted. */
function withSiblings(
  kept: readonly PlacedTag[],
  tags: readonly PlacedTag[],
): readonly PlacedTag[] {
  const names = new Set(kept.map(({ name }) => name));
  const digests = new Set(kept.flatMap(({ value }) => value ?? []));
  return tags.filter(({ name, value }) => (value === null ? names.has(name) : digests.has(value)));
}
