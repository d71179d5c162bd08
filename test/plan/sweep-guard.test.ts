import { describe, expect, test } from 'vitest';
import type { Operation, Plan } from '../../src/model/plan.ts';
import type { Limits } from '../../src/model/policy.ts';
import { temporaryName } from '../../src/plan/hidden-tags.ts';
import { limitsSweep, sweepReasons } from '../../src/plan/sweep-guard.ts';
import { anImagePolicy } from '../support/policies.ts';

const NO_LIMITS: Limits = { maxChanges: null, maxDeletes: null, maxDeletePercent: null };

function policy(limits: Partial<Limits>, suspend = false) {
  return anImagePolicy({ limits: { ...NO_LIMITS, ...limits }, suspend });
}

const REASONED = { policy: 'policy-a', rule: 'retain[0]', mode: 'sync', because: 'old' } as const;

function aDelete(tag: string, overrides: Partial<typeof REASONED> = {}): Operation {
  return { ...REASONED, ...overrides, type: 'delete', tag, replaces: null, makesRoomFor: null };
}

function aCopy(tag: string): Operation {
  return { ...REASONED, type: 'copy', tag, from: 'v1', value: 'sha256:1', replaces: null };
}

function plan(path: string, operations: readonly Operation[], safe = true): Plan {
  return {
    target: { account: 'swr', path },
    operations,
    findings: [],
    verdict: safe ? { safe } : { safe, reasons: ['guard allTags'] },
    digest: 'sha256:0',
    protect: [],
    listed: 9,
  };
}

const TWO = [plan('a', [aDelete('x'), aDelete('y')]), plan('b', [aDelete('z'), aCopy('stable')])];

describe('sweepReasons()', () => {
  test.each<[Partial<Limits>, string[]]>([
    [{}, []],
    [{ maxDeletePercent: 0 }, []],
    [{ maxDeletes: 3 }, []],
    [
      { maxDeletes: 2 },
      [
        'policy "policy-a" limits.maxDeletes: 3 deletes at 2 targets in one sweep, at most 2 may be made',
      ],
    ],
    [{ maxChanges: 4 }, []],
    [
      { maxDeletes: 0, maxChanges: 3 },
      [
        'policy "policy-a" limits.maxDeletes: 3 deletes at 2 targets in one sweep, at most 0 may be made',
        'policy "policy-a" limits.maxChanges: 4 changes at 2 targets in one sweep, at most 3 may be made',
      ],
    ],
  ])(
    'sweepReasons() holds %j against three deletes and a copy at two targets',
    (limits, reasons) => {
      expect(sweepReasons(TWO, [policy(limits)])).toEqual(reasons);
    },
  );

  test('sweepReasons() counts one target as one', () => {
    expect(sweepReasons([plan('a', [aDelete('x')])], [policy({ maxDeletes: 0 })])).toEqual([
      'policy "policy-a" limits.maxDeletes: 1 deletes at 1 target in one sweep, at most 0 may be made',
    ]);
  });

  test.each([
    { what: 'a plan that is refused on its own', plans: [plan('a', [aDelete('x')], false)] },
    {
      what: 'what another policy does',
      plans: [plan('a', [aDelete('x', { policy: 'other' as 'policy-a' })])],
    },
    { what: 'a temporary tag', plans: [plan('a', [aDelete(temporaryName('sha256:1', 0))])] },
  ])('sweepReasons() does not count $what', ({ plans }) => {
    expect(sweepReasons(plans, [policy({ maxDeletes: 0, maxChanges: 0 })])).toEqual([]);
  });

  test('sweepReasons() counts the old key of a rename as a change, not as a delete', () => {
    const rename = plan('a', [aDelete('Owner', { rule: 'tags.rename[0]' as 'retain[0]' })]);

    expect(sweepReasons([rename], [policy({ maxDeletes: 0 })])).toEqual([]);
    expect(sweepReasons([rename], [policy({ maxChanges: 0 })])).toHaveLength(1);
  });
});

describe('limitsSweep()', () => {
  test.each([
    { limits: {}, suspend: false, holds: false },
    { limits: { maxDeletePercent: 5 }, suspend: false, holds: false },
    { limits: { maxDeletes: 0 }, suspend: false, holds: true },
    { limits: { maxChanges: 0 }, suspend: false, holds: true },
    { limits: { maxChanges: 0 }, suspend: true, holds: false },
  ])('limitsSweep() is $holds for $limits, suspended: $suspend', ({ limits, suspend, holds }) => {
    expect(limitsSweep(policy(limits, suspend))).toBe(holds);
  });
});
