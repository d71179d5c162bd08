import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import type { Outcome, Report } from '../../src/model/report.ts';
import { toRecord } from '../../src/service/record.ts';
import { IMAGE, NOW } from '../support/tags.ts';
import { aDelete, anAdd } from './service-bench.ts';

const FACTS = {
  passedAt: NOW,
  revision: 'sha256:1',
  correlationId: 'sweep-1',
  runId: 'run-1',
  baseline: 40,
};
const APPLIED: Outcome = { status: 'applied', attempts: 1 };
const HELD: Outcome = { status: 'skipped', reason: 'paused', held: true };
const FAILED: Outcome = { status: 'failed', code: 'PROVIDER_REJECTED', error: 'no'.repeat(400) };

type Planned = Extract<Report, { plan: unknown }>;

function aReport(
  performed: readonly (readonly [Operation, Outcome | null])[],
  overrides: Partial<Planned> = {},
): Planned {
  return {
    target: IMAGE,
    name: 'golden',
    provider: 'huawei-ims',
    status: performed.length === 0 ? 'in-sync' : 'drifted',
    plan: {
      target: IMAGE,
      operations: performed.map(([operation]) => operation),
      findings: [],
      verdict: { safe: true },
      digest: 'sha256:2',
      protect: [],
      listed: 10,
    },
    performed: performed.map(([operation, outcome]) => ({ operation, outcome })),
    ...overrides,
  };
}

describe('toRecord()', () => {
  test('toRecord() calls a drift that was healed in sync, and counts the tags after it', () => {
    const replacing = { ...anAdd('c'), replaces: 'old' };
    const report = aReport([
      [anAdd('a'), APPLIED],
      [anAdd('b'), APPLIED],
      [replacing, APPLIED],
      [aDelete('d'), APPLIED],
    ]);

    expect(toRecord(report, FACTS)).toEqual({
      target: IMAGE,
      provider: 'huawei-ims',
      name: 'golden',
      status: 'in-sync',
      passedAt: NOW,
      since: NOW,
      revision: 'sha256:1',
      correlationId: 'sweep-1',
      runId: 'run-1',
      baseline: 11,
      planDigest: 'sha256:2',
      verdict: { safe: true },
      pending: [],
      pendingCount: 0,
      findings: [],
      error: null,
    });
  });

  test('toRecord() does not count writes twice that were made before the pass planned anew', () => {
    const last = aReport([[aDelete('z'), APPLIED]]);
    const earlier = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'].map((tag) => ({
      operation: aDelete(tag),
      outcome: APPLIED,
    }));

    const { baseline } = toRecord({ ...last, performed: [...earlier, ...last.performed] }, FACTS);

    // The listing of 10 was made after the earlier deletes.
    expect(baseline).toBe(9);
  });

  test('toRecord() names what is still to do, cut to 20 and counted', () => {
    const held = Array.from({ length: 25 }, (_, index) => [aDelete(`ci-${index}`), HELD] as const);

    const record = toRecord(aReport([[anAdd('a'), APPLIED], ...held]), FACTS);

    expect(record).toMatchObject({ status: 'drifted', pendingCount: 25, error: null });
    expect(record.pending.map(({ tag }) => tag)).toEqual(held.slice(0, 20).map(([{ tag }]) => tag));
  });

  test('toRecord() keeps the first failure, cut to a length the store can bear', () => {
    const { error } = toRecord(
      aReport([
        [anAdd('a'), HELD],
        [anAdd('b'), FAILED],
      ]),
      FACTS,
    );

    expect(error?.code).toBe('PROVIDER_REJECTED');
    expect(error?.message).toHaveLength(500);
  });

  test('toRecord() leaves the figure that a refused plan was refused by', () => {
    const report = aReport([[aDelete('a'), null]]);
    const verdict = { safe: false, reasons: ['guard countHalved'] } as const;

    const record = toRecord(
      { ...report, status: 'refused', plan: { ...report.plan, verdict } },
      FACTS,
    );

    expect(record).toMatchObject({ status: 'refused', baseline: 40, verdict, pendingCount: 1 });
  });

  test('toRecord() of a target nobody could look at knows only the failure and what was known', () => {
    const record = toRecord(
      {
        status: 'unknown',
        target: IMAGE,
        name: null,
        provider: 'huawei-ims',
        code: 'LISTING_INCOMPLETE',
        error: 'Cannot list',
        retriable: true,
        retryAfterMs: null,
      },
      { ...FACTS, runId: null },
    );

    expect(record).toMatchObject({
      status: 'unknown',
      baseline: 40,
      planDigest: null,
      verdict: null,
      pendingCount: 0,
      error: { code: 'LISTING_INCOMPLETE', message: 'Cannot list' },
    });
  });
});
