import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import { withTimes } from '../../src/plan/judged.ts';
import { currentOf } from '../../src/plan/listed-tags.ts';
import { anImagePolicy, aResourcePolicy, aRetain, planRepository } from '../support/policies.ts';
import { anImageTag, aTag, hoursAgo, NOW } from '../support/tags.ts';

const DAY_MS = 86_400_000;
const policy = anImagePolicy({
  retain: [
    aRetain({ name: 'old', pattern: 'ci-.*', olderThanMs: DAY_MS }),
    aRetain({ name: 'tmp', pattern: 'tmp-.*' }),
  ],
});
const keep = ['1.0.0', '1.1.0', '1.2.0'].map((name) => anImageTag(name));

describe('withTimes()', () => {
  test('says in each delete that an age decided what it was judged by', () => {
    const created = { updatedAt: null, createdAt: new Date('2026-05-01T09:58:07.999Z') };
    const tags = [
      ...keep,
      anImageTag('ci-1', 'x', { updatedAt: hoursAgo(24) }),
      anImageTag('ci-2', 'y', created),
      anImageTag('tmp-1'),
    ];

    const { operations } = planRepository(tags, [policy], { guards: { maxDeletePercent: 100 } });

    expect(operations.map(({ because }) => because)).toEqual([
      'rule "old": matches ci-.* and is older than 1d: updated 2026-05-31T00:00:00Z (1 day)',
      'rule "old": matches ci-.* and is older than 1d: created 2026-05-01T09:58:07Z (30 days)',
      'rule "tmp": matches tmp-.*',
    ]);
  });

  test('leaves the digest of the plan as it was a day before', () => {
    const tags = [...keep, anImageTag('ci-1', 'x', { updatedAt: hoursAgo(48) })];
    const later = new Date(NOW.getTime() + DAY_MS);

    const today = planRepository(tags, [policy]);
    const tomorrow = planRepository(tags, [policy], { now: later });

    expect(today.operations[0]?.because).toMatch(/\(2 days\)$/);
    expect(tomorrow.operations[0]?.because).toMatch(/\(3 days\)$/);
    expect(tomorrow.digest).toBe(today.digest);
  });

  test('says nothing of names without a credible time, and of rules that ask for no age', () => {
    const operation: Operation = {
      type: 'delete',
      tag: 'ci-1',
      policy: policy.name,
      rule: 'retain[0]',
      mode: 'sync',
      because: 'old',
      replaces: null,
      makesRoomFor: null,
    };
    const others: Operation[] = [
      { ...operation, rule: 'retain[1]' },
      { ...operation, tag: 'gone' },
    ];
    const undated = aTag('ci-1', 'x', { createdAt: null, updatedAt: null });
    const scene = { current: currentOf([undated]), now: NOW };

    const told = withTimes([operation, ...others], { ...scene, policies: [policy] });
    const resource = withTimes([operation], { ...scene, policies: [aResourcePolicy({})] });

    expect(told.map(({ because }) => because)).toEqual(['old', 'old', 'old']);
    expect(resource).toEqual([operation]);
  });
});
