import type { ImageTagPolicy, RetainRule } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';
import { renderDuration } from '../policy/duration.ts';
import { compilePattern } from '../policy/pattern.ts';
import { inRange, parseVersion } from '../policy/semver.ts';
import { boundAtMs, isOlderThan } from './age.ts';
import { type Origin, originOf, RANK, type Wish, wish } from './wish.ts';

/** What the retain rules want: kept names held, matched names gone. A tag no rule matches is not mentioned. */
export function retainWishes(
  policy: ImageTagPolicy,
  tags: readonly ListedTag[],
  now: Date,
): Wish[] {
  return policy.retain.flatMap((rule, index) => {
    const origin = originOf(policy, `retain[${index}]`, becauseOf(rule));
    switch (rule.action) {
      case 'keep':
        return keptBy(rule, tags, now).map((tag) => held(origin, tag));
      case 'delete':
        return deletedBy(rule, tags, now).map((tag) =>
          wish(origin, tag.name, RANK.remove, { type: 'absent' }),
        );
    }
  });
}

function held(origin: Origin, tag: ListedTag): Wish {
  return wish(origin, tag.name, RANK.assert, { type: 'hold' });
}

function becauseOf({ name, pattern, semver, olderThanMs }: RetainRule): string {
  const conditions = [
    ...(pattern === null ? [] : [`matches ${pattern}`]),
    ...(semver === null ? [] : [`is a version in ${semver}`]),
    ...(olderThanMs === null ? [] : [`is older than ${renderDuration(olderThanMs)}`]),
  ];
  return `rule "${name}": ${conditions.join(' and ') || 'every tag'}`;
}

/** Tags whose name meets the rule; times are judged by the caller, as doubt means keep. */
function namedBy(rule: RetainRule, tags: readonly ListedTag[]): ListedTag[] {
  const { action, pattern, semver } = rule;
  // A keep whose range spells out a prerelease asks for them; a delete never reaches further than releases.
  const prerelease = action === 'keep' && /\d-\w/.test(semver ?? '');
  const matcher = pattern === null ? null : compilePattern(pattern);
  return tags.filter(({ name }) => {
    if (matcher !== null && !matcher.matches(name)) return false;
    if (semver === null) return true;
    const version = parseVersion(name);
    return version !== null && inRange(version, { range: semver, prerelease });
  });
}

/** A rule that counts the newest describes what to keep; with `delete` it says nothing certain and matches nothing. */
function deletedBy(rule: RetainRule, tags: readonly ListedTag[], now: Date): ListedTag[] {
  if (rule.newest !== null) return [];
  const { olderThanMs } = rule;
  const named = namedBy(rule, tags);
  return olderThanMs === null ? named : named.filter((tag) => isOlderThan(tag, olderThanMs, now));
}

function keptBy(rule: RetainRule, tags: readonly ListedTag[], now: Date): ListedTag[] {
  const { olderThanMs, newest, groupBy } = rule;
  const inAge = namedBy(rule, tags).filter(
    (tag) =>
      olderThanMs === null || boundAtMs(tag, now) === null || isOlderThan(tag, olderThanMs, now),
  );
  if (newest === null) return inAge;
  const groups = Map.groupBy(inAge, groupOf(groupBy));
  return [...groups].flatMap(([group, members]) =>
    group === null ? members : newestOf(members, newest, now),
  );
}

/** The first named group of the pattern; null: the name has no group, so its rank in it is not known. */
function groupOf(groupBy: string | null): (tag: ListedTag) => string | null {
  if (groupBy === null) return () => '';
  const pattern = compilePattern(groupBy);
  const first = pattern.groupNames[0] ?? '';
  return ({ name }) => pattern.groups(name)?.[first] ?? null;
}

/** The N newest with a credible time, everything as new as the last of them, and all without one. */
function newestOf(members: readonly ListedTag[], count: number, now: Date): ListedTag[] {
  const times = members
    .flatMap((tag) => boundAtMs(tag, now) ?? [])
    .sort((left, right) => right - left);
  const oldestKept = times[Math.min(count, times.length) - 1] ?? 0;
  return members.filter((tag) => (boundAtMs(tag, now) ?? oldestKept) >= oldestKept);
}
