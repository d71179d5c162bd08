import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import type { Performed, Report } from '../../src/model/report.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

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

function report(performed: readonly Performed[]): Report {
  const target = { account: 'swr', path: 'shop/web' };
  return {
    status: 'drifted',
    target,
    name: null,
    provider: 'huawei-swr',
    performed,
    plan: {
      target,
      operations: performed.map(({ operation }) => operation),
      findings: [],
      verdict: { safe: true },
      digest: 'sha256:0',
      protect: [],
      listed: 3,
    },
  };
}

async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const { text } = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('createMetrics()', () => {
  test('createMetrics() shows every account, result and operation at 0 before anything happened', async () => {
    const metrics = createMetrics('1.2.3', ['swr', 'ims']);

    const passes = await lines(metrics, 'tagwarden_reconciles_total');
    const operations = await lines(metrics, 'tagwarden_ops_total');

    expect(passes).toHaveLength(2 * 4);
    expect(operations).toHaveLength(2 * 3 * 3);
    expect([...passes, ...operations].every((line) => line.endsWith(' 0'))).toBe(true);
    expect(await lines(metrics, 'tagwarden_build_info')).toEqual([
      `tagwarden_build_info{version="1.2.3",node_version="${process.version}"} 1`,
    ]);
    expect(await lines(metrics, 'process_resident_memory_bytes ')).toHaveLength(1);
  });

  test('recordReport() counts the pass and each attempted operation, never a tag or target', async () => {
    const metrics = createMetrics('1', ['swr']);

    metrics.recordReport(
      report([
        { operation: OPERATION, outcome: { status: 'applied', attempts: 1 } },
        { operation: OPERATION, outcome: { status: 'applied', attempts: 1 } },
        { operation: OPERATION, outcome: { status: 'skipped', reason: 'no' } },
        { operation: OPERATION, outcome: null },
      ]),
    );

    const counted = (await lines(metrics, 'tagwarden_')).filter((line) => !line.endsWith(' 0'));
    expect(counted).toContain('tagwarden_reconciles_total{account="swr",result="drifted"} 1');
    expect(counted).toContain('tagwarden_ops_total{account="swr",op="delete",result="applied"} 2');
    expect(counted).toContain('tagwarden_ops_total{account="swr",op="delete",result="skipped"} 1');
    expect(counted.join()).not.toMatch(/ci-1|shop/);
  });

  test('recordReport() counts a target without a listing as unknown', async () => {
    const metrics = createMetrics('1', ['swr']);

    metrics.recordReport({
      status: 'unknown',
      target: { account: 'swr', path: '*' },
      name: null,
      provider: 'huawei-swr',
      code: 'PROVIDER_UNAVAILABLE',
      error: 'down',
      retriable: true,
      retryAfterMs: null,
    });

    expect(await lines(metrics, 'tagwarden_reconciles_total')).toContain(
      'tagwarden_reconciles_total{account="swr",result="unknown"} 1',
    );
  });

  test('recordCloud() shows open circuits, waits for the budget and its silences, by account', async () => {
    const metrics = createMetrics('1', ['swr', 'ims']);

    metrics.recordCloud({ account: 'swr', type: 'circuit', open: true });
    metrics.recordCloud({ account: 'ims', type: 'circuit', open: true });
    metrics.recordCloud({ account: 'ims', type: 'circuit', open: false });
    metrics.recordCloud({ account: 'swr', type: 'waited', waitMs: 80 });
    metrics.recordCloud({ account: 'swr', type: 'budget-silent' });

    expect(await lines(metrics, 'tagwarden_registry_circuit_open')).toEqual([
      'tagwarden_registry_circuit_open{account="swr"} 1',
      'tagwarden_registry_circuit_open{account="ims"} 0',
    ]);
    const waits = await lines(metrics, 'tagwarden_ratelimit_wait_seconds');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_bucket{le="0.025",account="swr"} 0');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_bucket{le="0.1",account="swr"} 1');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_count{account="ims"} 0');
    expect(await lines(metrics, 'tagwarden_ratelimit_fallbacks_total')).toEqual([
      'tagwarden_ratelimit_fallbacks_total{account="swr"} 1',
      'tagwarden_ratelimit_fallbacks_total{account="ims"} 0',
    ]);
  });

  test('recordRequest() counts by status, 0 when no answer came, and measures seconds', async () => {
    const metrics = createMetrics('1', []);
    const event = { account: 'swr', method: 'GET', durationMs: 1_500 };

    metrics.recordRequest({ ...event, status: 200 });
    metrics.recordRequest({ ...event, status: null });

    expect(await lines(metrics, 'tagwarden_registry_requests_total')).toEqual([
      'tagwarden_registry_requests_total{account="swr",method="GET",code="200"} 1',
      'tagwarden_registry_requests_total{account="swr",method="GET",code="0"} 1',
    ]);
    expect(await lines(metrics, 'tagwarden_registry_request_duration_seconds_sum')).toEqual([
      'tagwarden_registry_request_duration_seconds_sum{account="swr",method="GET"} 3',
    ]);
  });

  test('recordPolicyLoad() keeps one revision, and the time of the last good load', async () => {
    const metrics = createMetrics('1', []);

    metrics.recordPolicyLoad('ok', 'sha256:aaaaaaaaaaaaaaaa', new Date(1_000));
    metrics.recordPolicyLoad('ok', 'sha256:bbbbbbbbbbbbbbbb', new Date(2_000));
    metrics.recordPolicyLoad('invalid', null, new Date(3_000));

    expect(await lines(metrics, 'tagwarden_policy_')).toEqual([
      'tagwarden_policy_loads_total{result="ok"} 2',
      'tagwarden_policy_loads_total{result="invalid"} 1',
      'tagwarden_policy_last_good_timestamp_seconds 2',
      'tagwarden_policy_revision_info{short_sha="bbbbbbbbbbbb"} 1',
    ]);
  });

  test('observeQueues() reads on each scrape and forgets a queue that is gone', async () => {
    const metrics = createMetrics('1', []);
    const answers = [
      [{ queue: 'old', counts: { waiting: 4 } }],
      [{ queue: 'a', counts: { active: 1 } }],
    ];
    metrics.observeQueues(async () => answers.shift() ?? []);

    await metrics.render();

    expect(await lines(metrics, 'tagwarden_queue_')).toEqual([
      'tagwarden_queue_up 1',
      'tagwarden_queue_jobs{queue="a",state="active"} 1',
    ]);
  });

  test.each([
    { how: 'fails', read: async () => await Promise.reject(new Error('connection refused')) },
    {
      how: 'throws',
      read: () => {
        throw new Error('closed');
      },
    },
    { how: 'keeps silent', read: async () => await new Promise<never>(() => undefined) },
  ])('render() still answers when the queue $how', async ({ read }) => {
    const metrics = createMetrics('1', ['swr']);
    metrics.observeQueues(read);

    const { text } = await metrics.render();

    expect(text).toContain('tagwarden_queue_up 0');
    expect(text).not.toContain('tagwarden_queue_jobs{');
    expect(text).toContain('tagwarden_reconciles_total{account="swr"');
  });

  test('createMetrics() counts sweeps by result and what befalls jobs, each from 0', async () => {
    const metrics = createMetrics('1.2.3', []);
    const before = await lines(metrics, 'tagwarden_jobs_');

    metrics.recordSweep('failed');
    metrics.recordJob('lock-lost');
    metrics.recordJob('parked');
    metrics.recordJob('quarantined');
    metrics.recordJob('overdue');

    expect(before).toEqual(
      ['stalled', 'lock_lost', 'throttled', 'parked', 'poisoned'].map(
        (event) => `tagwarden_jobs_${event}_total 0`,
      ),
    );
    expect(await lines(metrics, 'tagwarden_sweeps_total')).toEqual([
      'tagwarden_sweeps_total{result="ok"} 0',
      'tagwarden_sweeps_total{result="failed"} 1',
    ]);
    expect(await lines(metrics, 'tagwarden_jobs_')).toEqual([
      'tagwarden_jobs_stalled_total 0',
      'tagwarden_jobs_lock_lost_total 1',
      'tagwarden_jobs_throttled_total 0',
      'tagwarden_jobs_parked_total 1',
      'tagwarden_jobs_poisoned_total 1',
    ]);
    expect(await lines(metrics, 'tagwarden_targets_overdue')).toEqual([
      'tagwarden_targets_overdue_total 1',
    ]);
  });
});
