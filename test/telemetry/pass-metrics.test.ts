import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import type { Outcome, Performed, Report } from '../../src/model/report.ts';
import { createPassMetrics } from '../../src/telemetry/pass-metrics.ts';

const OPERATION: Operation = {
  type: 'delete',
  tag: 'ci-1',
  replaces: null,
  makesRoomFor: null,
  policy: 'shop',
  rule: 'retain[0]',
  mode: 'sync',
  because: 'old',
};
const HEAD = { target: { account: 'swr', path: 'shop/web' }, name: null, provider: 'huawei-swr' };

function aReport(
  outcomes: readonly (Outcome | null)[],
  status: 'drifted' | 'in-sync' | 'refused' = 'drifted',
): Report {
  const performed: Performed[] = outcomes.map((outcome) => ({ operation: OPERATION, outcome }));
  const operations = performed.map(({ operation }) => operation);
  const plan = { target: HEAD.target, operations, findings: [], verdict: { safe: true } } as const;
  return {
    ...HEAD,
    status,
    performed,
    plan: { ...plan, digest: 'sha256:0', protect: [], listed: 3 },
  };
}

function unknown(code: Extract<Report, { status: 'unknown' }>['code'], error = ''): Report {
  return { ...HEAD, status: 'unknown', code, error, retriable: true, retryAfterMs: null };
}

const APPLIED: Outcome = { status: 'applied', attempts: 1 };
const FAILED: Outcome = { status: 'failed', code: 'PROVIDER_FORBIDDEN', error: '' };
const BUSY: Outcome = { status: 'failed', code: 'PROVIDER_CONFLICT', error: '' };
const HELD: Outcome = { status: 'skipped', reason: 'paused', held: true };
const LOST: Outcome = { status: 'skipped', reason: 'the lease was lost' };

function bench() {
  const registry = new Registry();
  const metrics = createPassMetrics(registry, ['swr']);
  metrics.setPolicies(['shop', 'base']);
  const counted = async (name: string): Promise<string[]> => {
    const text = await registry.metrics();
    return text.split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
  };
  return { metrics, counted };
}

describe('createPassMetrics()', () => {
  test.each([
    { what: 'in sync', report: aReport([], 'in-sync'), result: 'noop' },
    { what: 'only observed', report: aReport([null]), result: 'noop' },
    { what: 'written', report: aReport([APPLIED]), result: 'success' },
    { what: 'failed for good', report: aReport([APPLIED, FAILED]), result: 'failed' },
    { what: 'failed for now', report: aReport([BUSY, LOST]), result: 'retry' },
    { what: 'held', report: aReport([HELD]), result: 'guarded' },
    { what: 'refused', report: aReport([null], 'refused'), result: 'guarded' },
    { what: 'interrupted', report: aReport([APPLIED, LOST]), result: 'aborted' },
    { what: 'cancelled', report: unknown('CANCELLED'), result: 'aborted' },
    { what: 'not answered', report: unknown('PROVIDER_UNAVAILABLE'), result: 'retry' },
    { what: 'not permitted', report: unknown('PROVIDER_FORBIDDEN'), result: 'failed' },
  ])('recordPass() counts a pass that was $what as $result, for each policy', async (row) => {
    const { metrics, counted } = bench();

    metrics.recordPass({ report: row.report, policies: ['shop', 'base', 'gone'], event: null });

    expect(await counted('tagwarden_reconciles_total')).toEqual([
      `tagwarden_reconciles_total{policy="shop",result="${row.result}"} 1`,
      `tagwarden_reconciles_total{policy="base",result="${row.result}"} 1`,
    ]);
  });

  test('recordPass() counts each attempted operation, never a tag or target', async () => {
    const { metrics, counted } = bench();
    const report = aReport([APPLIED, APPLIED, HELD, FAILED, BUSY, null]);

    metrics.recordPass({ report, policies: ['shop'], event: null });

    const ops = await counted('tagwarden_ops_total');
    expect(ops).toEqual([
      'tagwarden_ops_total{registry="swr",op="delete",result="ok"} 2',
      'tagwarden_ops_total{registry="swr",op="delete",result="retry"} 1',
      'tagwarden_ops_total{registry="swr",op="delete",result="failed"} 1',
      'tagwarden_ops_total{registry="swr",op="delete",result="skipped"} 1',
    ]);
    expect((await counted('tagwarden_')).join()).not.toMatch(/ci-1|shop\/web/);
  });

  test('recordPass() counts listings that broke off by why', async () => {
    const { metrics, counted } = bench();
    const errors = [
      'the answer is too large, at most',
      'field "tags" is missing or malformed',
      'x',
    ];

    for (const error of errors)
      metrics.recordPass({
        report: unknown('LISTING_INCOMPLETE', error),
        policies: [],
        event: null,
      });

    expect(await counted('tagwarden_listing_incomplete_total')).toEqual([
      'tagwarden_listing_incomplete_total{registry="swr",reason="too_large"} 1',
      'tagwarden_listing_incomplete_total{registry="swr",reason="malformed"} 1',
      'tagwarden_listing_incomplete_total{registry="swr",reason="other"} 1',
    ]);
  });

  test('recordPass() measures from the event to the pass that left its target in sync, no other', async () => {
    const { metrics, counted } = bench();
    const event = { provider: 'hook', ageMs: 1_500 };

    metrics.recordPass({ report: aReport([BUSY]), policies: [], event });
    metrics.recordPass({ report: unknown('PROVIDER_UNAVAILABLE'), policies: [], event });
    metrics.recordPass({ report: aReport([APPLIED]), policies: [], event });

    expect(await counted('tagwarden_event_to_sync_seconds_sum')).toEqual([
      'tagwarden_event_to_sync_seconds_sum{provider="hook"} 1.5',
    ]);
  });

  test('setPolicies() ends the series of policies that are gone', async () => {
    const { metrics, counted } = bench();
    metrics.recordPass({ report: aReport([APPLIED]), policies: ['shop'], event: null });

    metrics.setPolicies(['base']);

    expect(await counted('tagwarden_reconciles_total')).toEqual([]);
  });

  test('recordPhase() measures seconds', async () => {
    const { metrics, counted } = bench();

    metrics.recordPhase('list', 250);

    expect(await counted('tagwarden_reconcile_duration_seconds_sum')).toEqual([
      'tagwarden_reconcile_duration_seconds_sum{phase="list"} 0.25',
    ]);
  });
});
