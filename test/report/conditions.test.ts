import { describe, expect, test } from 'vitest';
import type { TargetRecord } from '../../src/model/history.ts';
import type { Pause } from '../../src/model/pause.ts';
import {
  type PolicyTally,
  policyConditions,
  targetConditions,
} from '../../src/report/conditions.ts';
import { aRecord, NOON } from '../store/samples.ts';

const FREE = { pauses: [], quarantinedUntil: null };
const PAUSE: Pause = { scope: { type: 'all' }, reason: 'audit', by: 'cli', since: NOON };

/** The types that are true, with their reasons. */
function trueOnes(conditions: ReturnType<typeof targetConditions>): Record<string, string> {
  return Object.fromEntries(
    conditions.flatMap(({ type, status, reason }) => (status === 'True' ? [[type, reason]] : [])),
  );
}

const failed = (code: 'PROVIDER_DOWN' | 'PROVIDER_AUTH'): Partial<TargetRecord> => ({
  status: 'unknown',
  error: { code, message: 'Cannot list' },
  verdict: null,
});

describe('targetConditions()', () => {
  test.each([
    {
      of: 'a target in sync',
      record: { status: 'in-sync', pendingCount: 0 },
      holds: FREE,
      wanted: { Ready: 'InSync' },
    },
    {
      of: 'a target whose deletes wait for a list',
      record: {
        status: 'drifted',
        pendingCount: 0,
        findings: [
          { severity: 'warning', policy: 'a', rule: 'protect.inUse', message: 'x' },
          { severity: 'error', policy: 'a', rule: 'protect.inUse', message: 'y' },
        ],
      },
      holds: FREE,
      wanted: { Reconciling: 'PassFollows', Guarded: 'InUseUnknown' },
    },
    {
      of: 'a drifted target',
      record: { status: 'drifted', pendingCount: 2 },
      holds: FREE,
      wanted: { Reconciling: 'PassFollows', Drifted: 'OperationsPending' },
    },
    {
      of: 'a drifted target that is paused',
      record: { status: 'drifted', pendingCount: 2 },
      holds: { ...FREE, pauses: [PAUSE] },
      wanted: { Drifted: 'OperationsPending', Paused: 'PausedByOperator' },
    },
    {
      of: 'a refused target',
      record: { status: 'refused', pendingCount: 4, verdict: { safe: false, reasons: ['all'] } },
      holds: FREE,
      wanted: { Drifted: 'OperationsPending', Guarded: 'PlanRefused' },
    },
    {
      of: 'a target whose cloud is down',
      record: { ...failed('PROVIDER_DOWN'), pendingCount: 0 },
      holds: FREE,
      wanted: { Reconciling: 'PassFollows' },
    },
    {
      of: 'a target whose credential is refused',
      record: { ...failed('PROVIDER_AUTH'), pendingCount: 0 },
      holds: FREE,
      wanted: { Stalled: 'PROVIDER_AUTH' },
    },
    {
      of: 'an unknown target without a reason',
      record: { status: 'unknown', error: null, pendingCount: 0 },
      holds: FREE,
      wanted: { Reconciling: 'PassFollows' },
    },
    {
      of: 'a quarantined target',
      record: { status: 'in-sync', pendingCount: 0 },
      holds: { ...FREE, quarantinedUntil: NOON },
      wanted: { Stalled: 'Quarantined' },
    },
  ] as const)('targetConditions() of $of', ({ record, holds, wanted }) => {
    const conditions = targetConditions(aRecord(record), holds);

    expect(trueOnes(conditions)).toEqual(wanted);
    expect(conditions.map(({ type }) => type)).toEqual([
      'Ready',
      'Reconciling',
      'Stalled',
      'Drifted',
      'Guarded',
      'Paused',
    ]);
  });

  test('targetConditions() says why, since when and under which policies', () => {
    const record = aRecord({
      status: 'refused',
      verdict: { safe: false, reasons: ['3 of 3 deleted', 'halved'] },
      revision: 'sha256:7',
      since: NOON,
    });

    const guarded = targetConditions(record, FREE).find(({ type }) => type === 'Guarded');

    expect(guarded).toEqual({
      type: 'Guarded',
      status: 'True',
      reason: 'PlanRefused',
      message: '3 of 3 deleted; halved',
      lastTransition: NOON,
      observedRevision: 'sha256:7',
    });
  });
});

const FINE: PolicyTally = {
  drifted: 0,
  refused: 0,
  unknown: 0,
  stalled: 0,
  since: null,
  isComplete: true,
};

describe('policyConditions()', () => {
  test.each([
    { of: 'a policy in sync', tally: {}, state: {}, wanted: { Ready: 'InSync' } },
    {
      of: 'a policy with drift',
      tally: { drifted: 2 },
      state: {},
      wanted: { Reconciling: 'PassesFollow', Drifted: 'OperationsPending' },
    },
    {
      of: 'a paused policy with drift',
      tally: { drifted: 2 },
      state: { pauses: [PAUSE] },
      wanted: { Drifted: 'OperationsPending', Paused: 'PausedByOperator' },
    },
    {
      of: 'a policy with refused plans',
      tally: { refused: 1 },
      state: {},
      wanted: { Drifted: 'OperationsPending', Guarded: 'PlansRefused' },
    },
    {
      of: 'a policy whose targets cannot be read',
      tally: { unknown: 3, stalled: 1 },
      state: {},
      wanted: { Reconciling: 'PassesFollow', Stalled: 'NeedsAPerson' },
    },
    {
      of: 'a suspended policy',
      tally: {},
      state: { suspended: true },
      wanted: { Paused: 'Suspended' },
    },
  ])('policyConditions() of $of', ({ tally, state, wanted }) => {
    const full = { suspended: false, pauses: [], revision: 'sha256:7', ...state };

    const conditions = policyConditions({ ...full, tally: { ...FINE, ...tally } });

    expect(trueOnes(conditions)).toEqual(wanted);
  });

  test('policyConditions() says that there may be more, and since when', () => {
    const tally = { ...FINE, drifted: 10_000, since: NOON, isComplete: false };

    const [ready] = policyConditions({ tally, suspended: false, pauses: [], revision: 'r' });

    expect(ready).toMatchObject({
      status: 'False',
      reason: 'NotInSync',
      message: 'at least 10000 targets are not in sync',
      lastTransition: NOON,
    });
  });
});
