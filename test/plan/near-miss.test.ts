import { describe, expect, test } from 'vitest';
import type { RetainRule } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { explainTarget } from '../../src/plan/explain.ts';
import {
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  planInput,
} from '../support/policies.ts';
import { aListing, anImageTag, hoursAgo, NOW, REPOSITORY } from '../support/tags.ts';

const DAY_MS = 86_400_000;
const old = { pattern: 'ci-.*', olderThanMs: 14 * DAY_MS };

function missOf(tags: readonly ListedTag[], ...rules: readonly Partial<RetainRule>[]) {
  const policy = anImagePolicy({ name: 'clean', retain: rules.map(aRetain) });
  const input = planInput({
    target: REPOSITORY,
    policies: [policy, aResourcePolicy({}, { name: 'labels' })],
    listing: aListing(REPOSITORY, tags),
    capabilities: IMAGE_CAPABILITIES,
  });
  return explainTarget(input, tags[0]?.name ?? '')[0]?.lost;
}

const named = (name: string, updatedAt: Date | null) => anImageTag(name, name, { updatedAt });

describe('nearMissOf()', () => {
  test.each([
    [hoursAgo(6 * 24), 'wants 14d, it is 6d'],
    [hoursAgo(5), 'wants 14d, it is 5h'],
    [new Date(NOW.getTime() - 120_000), 'wants 14d, it is 2m'],
    [NOW, 'wants 14d, it is younger than 1m'],
    [new Date(0), 'wants 14d, it is of unknown age'],
  ])('nearMissOf() of a tag bound at %s %s', (updatedAt, why) => {
    expect(missOf([named('ci-1', updatedAt)], { pattern: 'x' }, old)).toEqual([
      { policy: 'clean', rule: 'retain[1]', why },
    ]);
  });

  test('nearMissOf() names the rule that misses least, then the one that meets most', () => {
    const tags = [named('1.0.0', hoursAgo(1))];

    const lost = missOf(
      tags,
      { pattern: 'ci-.*', semver: '*', olderThanMs: DAY_MS },
      { pattern: '1.*', olderThanMs: DAY_MS },
      { pattern: '1.*', semver: '*', olderThanMs: 2 * DAY_MS },
    );

    expect(lost).toEqual([{ policy: 'clean', rule: 'retain[2]', why: 'wants 2d, it is 1h' }]);
  });

  test('nearMissOf() tells a range and a pattern that are missed', () => {
    const tags = [named('1.0.0', hoursAgo(48)), named('x', hoursAgo(48))];
    const rule = { pattern: 'ci-.*', semver: '>=2', olderThanMs: DAY_MS };

    const why = 'wants a name that matches ci-.*, and wants a version in >=2';
    expect(missOf(tags, rule)).toMatchObject([{ why }]);
    expect(missOf(tags.toReversed(), { semver: '*', olderThanMs: DAY_MS })).toMatchObject([
      { why: 'wants a version in *' },
    ]);
  });

  test('nearMissOf() tells that newer tags took the place', () => {
    const tags = [named('a', hoursAgo(2)), named('b', hoursAgo(1))];

    expect(missOf(tags, { action: 'keep', newest: 1 })).toMatchObject([
      { why: 'it is not among the 1 newest' },
    ]);
  });

  test('nearMissOf() is silent when no rule has a condition the tag meets', () => {
    expect(missOf([named('x', NOW)], { pattern: 'ci-.*' })).toEqual([]);
  });
});
