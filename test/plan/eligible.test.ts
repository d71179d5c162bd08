import { describe, expect, test } from 'vitest';
import { gapFindings, renderChoice } from '../../src/plan/eligible.ts';
import { originOf } from '../../src/plan/wish.ts';
import { aChannel, anImagePolicy, aRetain, planRepository } from '../support/policies.ts';
import { anImageTag, digestOf, hoursAgo } from '../support/tags.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const complete = (name: string) => anImageTag(name, name, { platforms: BOTH });
const half = (name: string) => anImageTag(name, name, { platforms: ['linux/amd64'] });

describe('gapFindings()', () => {
  const channel = aChannel({ requirePlatforms: BOTH });
  const plan = (...tags: readonly ReturnType<typeof complete>[]) =>
    planRepository(tags, [anImagePolicy({ channels: [channel] })]);

  test('says of a channel why it does not take a better tag', () => {
    const { operations, findings } = plan(complete('1.0.0'), half('1.1.0'));

    expect(operations).toMatchObject([{ tag: 'stable', value: digestOf('1.0.0') }]);
    expect(findings.map(({ message }) => message)).toEqual([
      'Channel "stable" leaves out "1.1.0": it lacks linux/arm64',
    ]);
  });

  test('says nothing of worse tags', () => {
    expect(plan(half('1.0.0'), complete('1.1.0')).findings).toEqual([]);
  });

  test('says nothing when no platform is asked for', () => {
    const origin = originOf(anImagePolicy({}), 'channels[0]', 'x');
    const scored = { tag: half('1.0.0'), score: 1, version: null };

    expect(gapFindings({ what: 'x', rule: aChannel(), origin }, [scored])).toEqual([]);
  });
});

test.each([
  { rule: {}, text: 'newest version matching *' },
  { rule: { minAgeMs: 3_600_000 }, text: 'newest version matching *, at least 1h old' },
  {
    rule: { minAgeMs: 3_600_000, ageBy: 'created' as const, requirePlatforms: BOTH },
    text: 'newest version matching *, at least 1h old since it was created, for linux/amd64 and linux/arm64',
  },
])('renderChoice() words $text', ({ rule, text }) => {
  expect(renderChoice(aChannel(rule))).toBe(text);
});

test.each([
  {
    ageBy: 'stated' as const,
    times: { createdAt: hoursAgo(99), updatedAt: hoursAgo(1) },
    told: null,
  },
  {
    ageBy: 'created' as const,
    times: { createdAt: hoursAgo(49), updatedAt: hoursAgo(1) },
    told: 'created 2026-05-29T23:00:00Z (2 days)',
  },
  {
    ageBy: 'first-seen' as const,
    times: { firstSeenAt: hoursAgo(48) },
    told: 'first seen 2026-05-30T00:00:00Z (2 days)',
  },
  { ageBy: 'first-seen' as const, times: { firstSeenAt: hoursAgo(47) }, told: null },
  { ageBy: 'first-seen' as const, times: { firstSeenAt: null }, told: null },
])('planTarget() counts the age of what goes by $ageBy: $told', ({ ageBy, times, told }) => {
  const kept = ['a', 'b', 'c'].map((name) => anImageTag(name));
  const rule = aRetain({ pattern: 'old', olderThanMs: 48 * 3_600_000, ageBy });

  const plan = planRepository(
    [anImageTag('old', 'old', times), ...kept],
    [anImagePolicy({ retain: [rule] })],
  );

  const reasons = plan.operations.map(({ because }) => because);
  expect(reasons).toEqual(
    told === null ? [] : [`rule "rule": matches old and is older than 2d: ${told}`],
  );
});
