import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/model/policy.ts';
import { type GuardInput, guardReasons } from '../../src/plan/guard.ts';
import {
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  planImage,
  planRepository,
} from '../support/policies.ts';
import { anImageTag, labels } from '../support/tags.ts';

const NO_LIMITS: Limits = { maxChanges: null, maxDeletes: null, maxDeletePercent: null };

function input(deletes: number, listed: number, overrides: Partial<GuardInput> = {}): GuardInput {
  const operations = Array.from({ length: deletes }, (_, index) => ({
    type: 'delete' as const,
    tag: `t${index}`,
    policy: 'policy-a',
    rule: 'retain[0]',
    mode: 'sync' as const,
    because: 'old',
    replaces: null,
    makesRoomFor: null,
  }));
  return {
    operations,
    policies: [],
    listed,
    remaining: listed - deletes,
    baseline: null,
    maxDeletePercent: 30,
    ...overrides,
  };
}

function guarded(limits: Partial<Limits>): Partial<GuardInput> {
  return {
    policies: [anImagePolicy({ limits: { ...NO_LIMITS, ...limits } })],
    maxDeletePercent: 100,
  };
}

describe('guardReasons()', () => {
  test.each<[number, number, Partial<GuardInput>, string[]]>([
    [0, 10, {}, []],
    [1, 1, {}, ['guard allTags: 1 of 1 tags go, none would be left']],
    [2, 2, {}, ['guard allTags: 2 of 2 tags go, none would be left']],
    [3, 9, {}, []],
    [3, 4, {}, []],
    [4, 9, {}, ['guard maxDeletePercent: 4 of 9 tags go (44 %), at most 30 % may']],
    [4, 13, {}, ['guard maxDeletePercent: 4 of 13 tags go (31 %), at most 30 % may']],
    [4, 14, {}, []],
    [3, 10, {}, []],
    [30, 100, {}, []],
    [31, 100, {}, ['guard maxDeletePercent: 31 of 100 tags go (31 %), at most 30 % may']],
    [
      10,
      10,
      {},
      [
        'guard maxDeletePercent: 10 of 10 tags go (100 %), at most 30 % may',
        'guard allTags: 10 of 10 tags go, none would be left',
      ],
    ],
    [
      1,
      10,
      { maxDeletePercent: 0 },
      ['guard maxDeletePercent: 1 of 10 tags go (10 %), at most 0 % may'],
    ],
    [10, 11, { maxDeletePercent: 100 }, []],
    [0, 4, { baseline: 10 }, []],
    [
      1,
      4,
      { baseline: 10 },
      ['guard countHalved: 4 tags are listed, 10 were there before, and 1 go'],
    ],
    [1, 5, { baseline: 10 }, []],
    [
      2,
      10,
      guarded({ maxDeletes: 1 }),
      ['policy "policy-a" limits.maxDeletes: 2 deletes, at most 1 may be made'],
    ],
    [1, 10, guarded({ maxDeletes: 1 }), []],
    [
      2,
      10,
      guarded({ maxChanges: 1 }),
      ['policy "policy-a" limits.maxChanges: 2 changes, at most 1 may be made'],
    ],
    [1, 10, guarded({ maxChanges: 1 }), []],
    [
      4,
      20,
      guarded({ maxDeletePercent: 10 }),
      ['policy "policy-a" limits.maxDeletePercent: 4 of 20 tags go (20 %), at most 10 % may'],
    ],
    [2, 20, guarded({ maxDeletePercent: 10 }), []],
    [
      2,
      10,
      {
        policies: [
          anImagePolicy({ name: 'other', limits: { ...NO_LIMITS, maxDeletes: 0, maxChanges: 0 } }),
        ],
      },
      [],
    ],
  ])('judges %d deletes of %d tags %j', (deletes, listed, overrides, reasons) => {
    expect(guardReasons(input(deletes, listed, overrides))).toEqual(reasons);
  });

  // R4's table: more than 30 % and more than 3, or all of them.
  test.each<[number, number, boolean]>([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((all): [number, number, boolean] => [all, all, true]),
    ...[2, 3, 4, 9, 10, 11, 100].map((of): [number, number, boolean] => [1, of, false]),
    ...[3, 4, 5, 6, 10, 50].map((of): [number, number, boolean] => [2, of, false]),
    ...[4, 5, 6, 9, 10, 11].map((of): [number, number, boolean] => [3, of, false]),
    [4, 5, true],
    [4, 9, true],
    [4, 10, true],
    [4, 13, true],
    [4, 14, false],
    [5, 16, true],
    [5, 17, false],
    [29, 100, false],
    [30, 100, false],
    [31, 100, true],
    [300, 1_000, false],
  ])('for %i deletes of %i tags refuses: %s', (deletes, listed, refused) => {
    const reasons = guardReasons(input(deletes, listed));

    expect(reasons.length > 0).toBe(refused);
    for (const reason of reasons) expect(reason).toContain(`${deletes} of ${listed} tags go`);
  });

  test('does not count the old key of a rename', () => {
    const rename = ['a', 'b', 'c', 'd'].map((from) => ({ from, to: `${from}-new` }));

    const plan = planImage(labels({ a: '1', b: '2', c: '3', d: '4' }), [
      aResourcePolicy({ rename }),
    ]);

    expect(plan.operations).toHaveLength(8);
    expect(plan.verdict).toEqual({ safe: true });
  });

  test('does not count temporary tags', () => {
    const copies = [
      { from: 'a', to: 'b', override: true },
      { from: 'b', to: 'a', override: true },
    ];
    const limits = { maxChanges: 2, maxDeletes: 0, maxDeletePercent: 0 };

    const plan = planRepository(
      [anImageTag('a'), anImageTag('b')],
      [anImagePolicy({ copies, limits })],
    );

    expect(plan.operations).toHaveLength(4);
    expect(plan.verdict).toEqual({ safe: true });
  });

  test('names the digest that lets exactly this plan through', () => {
    const tags = ['a', 'b'].map((name) => anImageTag(name));
    const policies = [anImagePolicy({ retain: [aRetain({ pattern: '.*' })] })];

    const refused = planRepository(tags, policies);
    const confirmed = planRepository(tags, policies, { confirmed: new Set([refused.digest]) });
    const other = planRepository(tags, policies, { confirmed: new Set(['sha256:other']) });

    expect(refused.verdict).toEqual({
      safe: false,
      reasons: [
        'guard allTags: 2 of 2 tags go, none would be left; ' +
          `to let this one plan through: --confirm ${refused.digest}`,
      ],
    });
    expect(refused.operations).toHaveLength(2);
    expect(confirmed.verdict).toEqual({ safe: true });
    expect(confirmed.digest).toBe(refused.digest);
    expect(other.verdict.safe).toBe(false);
  });
});
