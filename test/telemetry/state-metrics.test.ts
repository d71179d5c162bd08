import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { Pause } from '../../src/model/pause.ts';
import type { Outcome, Report } from '../../src/model/report.ts';
import { createLooks } from '../../src/telemetry/on-scrape.ts';
import { createStateMetrics } from '../../src/telemetry/state-metrics.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { IMAGE, labels, NOW } from '../support/tags.ts';

async function lines(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
}

const TEN = labels(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, 'x'])));

/** The plan that deletes the first tags of ten, under limits. */
function aReport(deletes: number, overrides: Parameters<typeof planImage>[2] = {}): Report {
  const remove = Array.from(
    { length: deletes },
    (_, at) => ({ by: 'glob', glob: `k${at}` }) as const,
  );
  const limits = { maxChanges: 2, maxDeletes: 2, maxDeletePercent: 30 };
  const plan = planImage(TEN, [aResourcePolicy({ remove }, { limits })], overrides);
  const performed = plan.operations.map((operation) => ({ operation, outcome: null }));
  return { target: IMAGE, name: null, provider: 'huawei-ims', status: 'refused', plan, performed };
}

describe('createStateMetrics()', () => {
  test.each([
    { what: 'a share of the tags', report: aReport(5), reasons: ['delete_ratio 2', 'limit 2'] },
    { what: 'all tags', report: aReport(10), reasons: ['delete_ratio 2', 'wipe 1', 'limit 2'] },
    {
      what: 'a target that shrank',
      report: aReport(1, { baseline: 100 }),
      reasons: ['shrink 1'],
    },
  ])(
    'recordGuards() counts the guards that refused $what, as the planner words them',
    async (row) => {
      const registry = new Registry();
      const looks = createLooks();

      createStateMetrics(registry, looks.add).recordGuards(row.report);

      const found = await lines(registry, 'tagwarden_guard_blocks_total');
      expect(found).toEqual(
        row.reasons.map((reason) => {
          const [name, count] = reason.split(' ');
          return `tagwarden_guard_blocks_total{reason="${name}"} ${count}`;
        }),
      );
    },
  );

  test.each([
    {
      error: 'Cannot delete tag "a" of "b/c": the name is protected, an unprotected one was wanted',
      reason: 'protected',
    },
    {
      error: 'Cannot delete tag "the name is protected" of "b/c": policy "p" has mode observe',
      reason: 'gate',
    },
    {
      error:
        'Cannot delete tag "a" of "b/c": 500 deletes in one hour reached guards.maxDeletesPerHour, wanted',
      reason: 'fleet',
    },
  ])('recordGuards() counts a refusal of the gate as $reason', async ({ error, reason }) => {
    const registry = new Registry();
    const looks = createLooks();
    const report = aReport(1);
    if (report.status === 'unknown') throw new Error('not reached');
    const outcome: Outcome = { status: 'failed', code: 'GATE_REFUSED', error };
    const performed = report.performed.map((done) => ({ ...done, outcome }));

    createStateMetrics(registry, looks.add).recordGuards({ ...report, performed });

    const [line] = await lines(registry, `tagwarden_guard_blocks_total{reason="${reason}"`);
    expect(line).toMatch(/ 1$/);
  });

  test('recordGuards() counts what the last gate refused, and listings that were incomplete', async () => {
    const registry = new Registry();
    const looks = createLooks();
    const metrics = createStateMetrics(registry, looks.add);
    const gated: Outcome = { status: 'failed', code: 'GATE_REFUSED', error: 'no' };
    const report = aReport(1);
    if (report.status === 'unknown') throw new Error('not reached');
    const head = { target: IMAGE, name: null, provider: 'huawei-ims' };
    const unknown = {
      ...head,
      status: 'unknown',
      retriable: true,
      retryAfterMs: null,
      error: '',
    } as const;

    metrics.recordGuards({
      ...report,
      status: 'drifted',
      performed: report.performed.map((done) => ({ ...done, outcome: gated })),
    });
    metrics.recordGuards({ ...unknown, code: 'LISTING_INCOMPLETE' });
    metrics.recordGuards({ ...unknown, code: 'PROVIDER_AUTH' });

    expect(await lines(registry, 'tagwarden_guard_blocks_total')).toEqual([
      'tagwarden_guard_blocks_total{reason="gate"} 1',
      'tagwarden_guard_blocks_total{reason="incomplete_listing"} 1',
    ]);
  });

  test('recordGuards() counts a reason it does not know as other', async () => {
    const registry = new Registry();
    const looks = createLooks();
    const report = aReport(1);
    if (report.status === 'unknown') throw new Error('not reached');
    const verdict = { safe: false, reasons: ['guard toString: of a later release'] } as const;

    createStateMetrics(registry, looks.add).recordGuards({
      ...report,
      plan: { ...report.plan, verdict },
    });

    expect(await lines(registry, 'tagwarden_guard_blocks_total')).toEqual([
      'tagwarden_guard_blocks_total{reason="other"} 1',
    ]);
  });

  test('observePauses() shows every scope, also where nothing is paused', async () => {
    const registry = new Registry();
    const looks = createLooks();
    const pause = (scope: Pause['scope']): Pause => ({ scope, reason: '', by: 'cli', since: NOW });
    const policy = (name: string): Pause => pause({ type: 'policy', policy: name });
    const pauses = [policy('a'), policy('b'), pause({ type: 'deletes' })];

    createStateMetrics(registry, looks.add).observePauses(() => pauses);

    await looks.take();
    const text = await registry.metrics();
    expect(text.split('\n').filter((line) => line.startsWith('tagwarden_paused'))).toEqual([
      'tagwarden_paused{scope="all"} 0',
      'tagwarden_paused{scope="policy"} 2',
      'tagwarden_paused{scope="targets"} 0',
      'tagwarden_paused{scope="deletes"} 1',
    ]);
  });

  test('observePauses() tells the breaker of the fleet from deletes that a person paused', async () => {
    const registry = new Registry();
    const looks = createLooks();
    const pauses: Pause[] = [{ scope: { type: 'deletes' }, reason: '', by: 'cli', since: NOW }];
    createStateMetrics(registry, looks.add).observePauses(() => pauses);
    const read = async (): Promise<string | undefined> => {
      await looks.take();
      const text = await registry.metrics();
      return text.split('\n').find((line) => line.startsWith('tagwarden_fleet_breaker_open'));
    };

    const byPerson = await read();
    pauses.push({ scope: { type: 'deletes' }, reason: '', by: 'guard', since: NOW });

    expect([byPerson, await read()]).toEqual([
      'tagwarden_fleet_breaker_open 0',
      'tagwarden_fleet_breaker_open 1',
    ]);
  });

  test('observeTargets() shows what the store counts, every policy in force, and nothing while it is silent', async () => {
    const registry = new Registry();
    const looks = createLooks();
    const states = { in_sync: 7, drifted: 1, unknown: 2, quarantined: 1 };
    let isDown = false;
    const metrics = createStateMetrics(registry, looks.add);
    metrics.setPolicies(['shop', 'base']);
    metrics.observeTargets(
      async (policies) => {
        if (isDown) throw new Error('down');
        const since = new Date(NOW.getTime() - 90_000);
        return await Promise.resolve({
          states,
          oldestUnsynced: new Map(
            policies.filter((name) => name === 'shop').map((n) => [n, since]),
          ),
        });
      },
      () => NOW,
    );
    const shown = async (): Promise<string[]> => {
      await looks.take();
      const text = await registry.metrics();
      return text.split('\n').filter((line) => /^tagwarden_(targets|oldest)/.test(line));
    };

    const before = await shown();
    isDown = true;
    const after = await shown();

    expect(before).toEqual([
      'tagwarden_targets{state="in_sync"} 7',
      'tagwarden_targets{state="drifted"} 1',
      'tagwarden_targets{state="unknown"} 2',
      'tagwarden_targets{state="quarantined"} 1',
      'tagwarden_oldest_unsynced_seconds{policy="shop"} 90',
      'tagwarden_oldest_unsynced_seconds{policy="base"} 0',
    ]);
    expect(after).toEqual([]);
  });

  test('recordFault() counts rejections and exceptions, each from 0', async () => {
    const registry = new Registry();
    const looks = createLooks();

    createStateMetrics(registry, looks.add).recordFault('rejection');

    expect(await registry.metrics()).toContain('tagwarden_faults_total{fault="exception"} 0');
    expect(await lines(registry, 'tagwarden_faults_total')).toEqual([
      'tagwarden_faults_total{fault="rejection"} 1',
    ]);
  });
});
