import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';

async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  const { text } = await metrics.render();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('createMetrics()', () => {
  test('createMetrics() shows every account, policy, result and operation at 0 before anything happened', async () => {
    const metrics = createMetrics({ version: '1.2.3', revision: 'abc' }, ['swr', 'ims']);
    metrics.setPolicies(['shop']);

    const passes = await lines(metrics, 'tagwarden_reconciles_total');
    const operations = await lines(metrics, 'tagwarden_ops_total');

    expect(passes).toHaveLength(6);
    expect(operations).toHaveLength(2 * 4 * 4);
    expect([...passes, ...operations].every((line) => line.endsWith(' 0'))).toBe(true);
    expect(await lines(metrics, 'tagwarden_build_info')).toEqual([
      `tagwarden_build_info{version="1.2.3",revision="abc",node_version="${process.version}"} 1`,
    ]);
    expect(await lines(metrics, 'process_resident_memory_bytes ')).toHaveLength(1);
    expect(await lines(metrics, 'nodejs_eventloop_lag_p99_seconds ')).toHaveLength(1);
  });

  test('recordCloud() shows open circuits, waits for the budget and its silences, by account', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, ['swr', 'ims']);

    metrics.recordCloud({ account: 'swr', type: 'circuit', open: true });
    metrics.recordCloud({ account: 'ims', type: 'circuit', open: true });
    metrics.recordCloud({ account: 'ims', type: 'circuit', open: false });
    metrics.recordCloud({ account: 'swr', type: 'waited', waitMs: 80 });
    metrics.recordCloud({ account: 'swr', type: 'budget-silent' });
    metrics.recordCloud({ account: 'ims', type: 'unauthorized', reason: 'permission' });

    expect(await lines(metrics, 'tagwarden_registry_circuit_open')).toEqual([
      'tagwarden_registry_circuit_open{registry="swr"} 1',
      'tagwarden_registry_circuit_open{registry="ims"} 0',
    ]);
    expect(await lines(metrics, 'tagwarden_registry_unauthorized_total')).toEqual([
      'tagwarden_registry_unauthorized_total{registry="swr",reason="credentials"} 0',
      'tagwarden_registry_unauthorized_total{registry="swr",reason="permission"} 0',
      'tagwarden_registry_unauthorized_total{registry="ims",reason="credentials"} 0',
      'tagwarden_registry_unauthorized_total{registry="ims",reason="permission"} 1',
    ]);
    const waits = await lines(metrics, 'tagwarden_ratelimit_wait_seconds');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_bucket{le="0.025",registry="swr"} 0');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_bucket{le="0.1",registry="swr"} 1');
    expect(waits).toContain('tagwarden_ratelimit_wait_seconds_count{registry="ims"} 0');
    expect(await lines(metrics, 'tagwarden_ratelimit_fallbacks_total')).toEqual([
      'tagwarden_ratelimit_fallbacks_total{registry="swr"} 1',
      'tagwarden_ratelimit_fallbacks_total{registry="ims"} 0',
    ]);
  });

  test('recordCloud() shows how fast an account may be asked, one series each, from the first time it is slowed down', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, ['swr', 'ims']);

    const before = await lines(metrics, 'tagwarden_ratelimit_requests_per_second');
    for (const requestsPerSecond of [485, 250]) {
      metrics.recordCloud({ account: 'swr', type: 'pace', requestsPerSecond, concurrency: 5 });
    }

    expect(before).toEqual([]);
    expect(await lines(metrics, 'tagwarden_ratelimit_requests_per_second')).toEqual([
      'tagwarden_ratelimit_requests_per_second{registry="swr"} 250',
    ]);
    expect(await lines(metrics, 'tagwarden_ratelimit_concurrency')).toEqual([
      'tagwarden_ratelimit_concurrency{registry="swr"} 5',
    ]);
  });

  test('recordRequest() counts by status, 0 when no answer came, and measures seconds', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);
    const event = { account: 'swr', method: 'GET', durationMs: 1_500 };

    metrics.recordRequest({ ...event, status: 200 });
    metrics.recordRequest({ ...event, status: null });

    expect(await lines(metrics, 'tagwarden_registry_requests_total')).toEqual([
      'tagwarden_registry_requests_total{registry="swr",method="GET",code="200"} 1',
      'tagwarden_registry_requests_total{registry="swr",method="GET",code="none"} 1',
    ]);
    expect(await lines(metrics, 'tagwarden_registry_request_duration_seconds_sum')).toEqual([
      'tagwarden_registry_request_duration_seconds_sum{registry="swr",method="GET",code="2xx"} 1.5',
      'tagwarden_registry_request_duration_seconds_sum{registry="swr",method="GET",code="none"} 1.5',
    ]);
  });

  test('recordPolicyLoad() keeps one revision, and the time of the last good load', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);

    metrics.recordPolicyLoad('ok', 'sha256:aaaaaaaaaaaaaaaa', new Date(1_000));
    metrics.recordPolicyLoad('ok', 'sha256:bbbbbbbbbbbbbbbb', new Date(2_000), 'main');
    metrics.recordPolicyLoad('invalid', null, new Date(3_000));

    expect(await lines(metrics, 'tagwarden_policy_')).toEqual([
      'tagwarden_policy_loads_total{result="ok"} 2',
      'tagwarden_policy_loads_total{result="invalid"} 1',
      'tagwarden_policy_loads_total{result="empty"} 0',
      'tagwarden_policy_loads_total{result="fetch_error"} 0',
      'tagwarden_policy_last_good_timestamp_seconds 2',
      'tagwarden_policy_last_attempt_timestamp_seconds 3',
      'tagwarden_policy_revision_info{ref="main",short_sha="bbbbbbbbbbbb"} 1',
    ]);
  });

  test('setTimings() shows the interval and mode of each policy, and forgets those that are gone', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);

    metrics.setTimings([
      { policy: 'old', mode: 'sync', intervalMs: 60_000 },
      { policy: 'shop', mode: 'observe', intervalMs: 60_000 },
    ]);
    metrics.setTimings([{ policy: 'shop', mode: 'sync', intervalMs: 600_000 }]);

    expect(await lines(metrics, 'tagwarden_policy_interval_seconds')).toEqual([
      'tagwarden_policy_interval_seconds{policy="shop",mode="sync"} 600',
    ]);
  });

  test('recordSlots() shows how many jobs of a queue fit into this process', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);

    metrics.recordSlots('reconcile-hub', 15);

    expect(await lines(metrics, 'tagwarden_worker_slots')).toEqual([
      'tagwarden_worker_slots{queue="reconcile-hub"} 15',
    ]);
  });

  test('observeQueues() reads on each scrape and forgets a queue that is gone', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);
    const answers = [
      [{ queue: 'old', counts: { waiting: 4 } }],
      [{ queue: 'a', counts: { active: 1 }, oldestMs: 1_500 }],
    ];
    metrics.observeQueues(async () => answers.shift() ?? []);

    await metrics.render();

    expect(await lines(metrics, 'tagwarden_queue_')).toEqual([
      'tagwarden_queue_up 1',
      'tagwarden_queue_oldest_job_age_seconds{queue="a"} 1.5',
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
    const metrics = createMetrics({ version: '1', revision: 'abc' }, ['swr']);
    metrics.observeQueues(read);

    const { text } = await metrics.render();

    expect(text).toContain('tagwarden_queue_up 0');
    expect(text).not.toContain('tagwarden_queue_jobs{');
    expect(text).toContain('tagwarden_ops_total{registry="swr"');
  });

  test('createMetrics() counts sweeps by result and what befalls jobs, each from 0', async () => {
    const metrics = createMetrics({ version: '1.2.3', revision: 'abc' }, []);
    const before = await lines(metrics, 'tagwarden_jobs_');

    metrics.recordSweep('failed', { targets: 5, visits: 2 });
    metrics.recordJob('lock-lost');
    metrics.recordJob('parked');
    metrics.recordJob('quarantined');
    metrics.recordJob('overdue');

    expect(before).toEqual(
      [
        'stalled',
        'lock_lost',
        'writes_fenced',
        'throttled',
        'parked',
        'unreadable',
        'poisoned',
      ].map((event) => `tagwarden_jobs_${event}_total 0`),
    );
    expect(await lines(metrics, 'tagwarden_sweeps_total')).toEqual([
      'tagwarden_sweeps_total{result="ok"} 0',
      'tagwarden_sweeps_total{result="failed"} 1',
    ]);
    expect(await lines(metrics, 'tagwarden_jobs_')).toEqual([
      'tagwarden_jobs_stalled_total 0',
      'tagwarden_jobs_lock_lost_total 1',
      'tagwarden_jobs_writes_fenced_total 0',
      'tagwarden_jobs_throttled_total 0',
      'tagwarden_jobs_parked_total 1',
      'tagwarden_jobs_unreadable_total 0',
      'tagwarden_jobs_poisoned_total 1',
    ]);
    expect(await lines(metrics, 'tagwarden_targets_overdue')).toEqual([
      'tagwarden_targets_overdue_total 1',
    ]);
  });

  test('observeRedis() shows whether Redis answers, keeps everything, and was lost', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);
    const answers = [
      { isUp: true, reconnects: 2, neverEvicts: false },
      { isUp: false, reconnects: 3, neverEvicts: null },
    ];
    metrics.observeRedis(async () => answers.shift() ?? (await Promise.reject(new Error('down'))));

    const unsafe = await lines(metrics, 'tagwarden_redis_');
    const down = await lines(metrics, 'tagwarden_redis_');

    expect(unsafe).toEqual([
      'tagwarden_redis_up 1',
      'tagwarden_redis_reconnects_total 2',
      'tagwarden_redis_eviction_policy_ok 0',
    ]);
    expect(down).toEqual(['tagwarden_redis_up 0', 'tagwarden_redis_reconnects_total 3']);
  });

  test('recordTick() and recordSynced() tell that somebody keeps the schedules, and who', async () => {
    const metrics = createMetrics({ version: '1', revision: 'abc' }, []);

    metrics.recordTick(new Date(5_000));
    metrics.recordSynced(true);

    expect(await lines(metrics, 'tagwarden_scheduler_')).toEqual([
      'tagwarden_scheduler_leader 1',
      'tagwarden_scheduler_last_tick_timestamp_seconds 5',
    ]);
  });
});
