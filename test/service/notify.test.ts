import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { ReceiverConfig } from '../../src/model/notification.ts';
import { Secret } from '../../src/model/secret.ts';
import { unknownReport } from '../../src/report/unknown.ts';
import { lastRecord, notificationsOf } from '../../src/service/notify.ts';
import { recordQuarantine } from '../../src/service/quarantine.ts';
import { toRecord } from '../../src/service/record.ts';
import { startScriptedServer } from '../http/support/scripted-server.ts';
import { aReceiver } from '../notify/bench.ts';
import { IMAGE } from '../support/tags.ts';
import { aPassBench } from './pass-bench.ts';
import { keptLog, said, storeBench } from './service-bench.ts';

const now = (): Date => new Date();
const TOLD = /"type":"(target\.\w+)"/g;

async function aService(overrides: Partial<ReceiverConfig> = {}) {
  const server = await startScriptedServer();
  onTestFinished(async () => await server.close());
  const url = new Secret(`${server.url}/services/canary-path`);
  const receivers = [aReceiver({ url, groupMs: 0, ...overrides })];
  const registry = new Registry();
  const log = keptLog();
  const notifications = notificationsOf({
    config: { receivers },
    metrics: { registry },
    log,
    now,
    newId: () => randomUUID(),
    scrub: (text) => text.replaceAll('hunter22', '[secret]'),
  });
  /** Types of all that was told until now. */
  const told = async (): Promise<readonly string[]> => {
    await notifications.close();
    return server.received.flatMap(({ body }) =>
      [...body.matchAll(TOLD)].map(([, type = '']) => type),
    );
  };
  return { server, registry, log, notifications, told };
}

describe('notificationsOf()', () => {
  const aStore = storeBench();

  test('notificationsOf() tells a change with the value before, and nothing of a pass without one', async () => {
    const { notifications, server, told } = await aService();
    const bench = aPassBench(aStore(), { owner: 'somebody' }, { notifications });

    await bench.run();
    await bench.run();

    expect(await told()).toEqual(['target.changed']);
    expect(server.received[0]?.body).toContain('"replaces":"somebody"');
  });

  test('notificationsOf() tells a failure once, whichever worker meets it and after a restart, then its recovery', async () => {
    const store = aStore();
    const first = await aService();
    const second = await aService();
    const one = aPassBench(store, { owner: 'platform' }, { notifications: first.notifications });
    const other = aPassBench(store, { owner: 'platform' }, { notifications: second.notifications });
    const failing = new ReconcileError('PROVIDER_AUTH', 'Cannot sign in to account "ims"');
    const fail = (): never => {
      throw failing;
    };
    one.provider.before = fail;
    other.provider.before = fail;

    await one.run();
    await other.run();
    await other.run();
    other.provider.before = () => undefined;
    await other.run();
    await other.run();

    expect([await first.told(), await second.told()]).toEqual([
      ['target.failed'],
      ['target.recovered'],
    ]);
  });

  test('notificationsOf() tells that a target is quarantined, with how it stood before, and of its recovery', async () => {
    const { notifications, server, told } = await aService();
    const bench = aPassBench(aStore(), { owner: 'platform' }, { notifications });
    const die = async (): Promise<{ crash: string; wasPutOff: true }> => {
      for (let death = 1; death <= 5; death += 1) {
        const start = {
          crash: `${bench.now.getTime()}:${death}`,
          process: `dead-${death}-${bench.now.getTime()}`,
        };
        await bench.store.begin(IMAGE, start, bench.now);
      }
      return { crash: `${bench.now.getTime()}:6`, wasPutOff: true };
    };
    const pass = (hours: number): void => {
      bench.now = new Date(bench.now.getTime() + hours * 3_600_001);
    };

    await bench.run();
    pass(1);
    await bench.run(await die());
    await bench.run(await die());
    pass(2);
    await bench.run(await die());
    pass(2);
    await bench.run();

    expect(await told()).toEqual(['target.failed', 'target.recovered']);
    const bodies = server.received.map(({ body }) => body).join('');
    expect(bodies).toContain('"code":"TARGET_QUARANTINED"');
    expect(bodies).toContain('it was in-sync since 2026-06-01T12:00:00Z');
    expect(await bench.store.target(IMAGE)).toMatchObject({ status: 'in-sync', error: null });
  });

  test('notificationsOf() tells of a quarantine although the target was failing and the store forgets it', async () => {
    const store = aStore();
    const { notifications, told } = await aService();
    const broken = {
      ...store,
      finish: async () => await Promise.reject(new Error('no answer')),
    };
    const log = keptLog();
    const before = toRecord(
      unknownReport({ target: IMAGE, name: null, provider: 'x' }, new Error('down')),
      { passedAt: now(), revision: 'r', correlationId: 'c', runId: null, baseline: null },
    );
    await store.finish(before, null);

    await recordQuarantine(
      { store: broken, notifications, log },
      {
        request: { target: IMAGE, correlationId: 'c', attributes: null },
        provider: 'x',
        facts: { baseline: 3, crashes: 5 },
        set: { revision: 'sha256:r', policies: [], tests: [] },
        at: now(),
      },
    );

    expect(await told()).toEqual(['target.failed']);
    expect(said(log)).toEqual(['error quarantine was not recorded']);
  });

  test('notificationsOf() counts by receiver and result, from 0 on, and logs what was lost without URL or secret', async () => {
    const { notifications, server, registry, log, told } = await aService();
    const before = await registry.metrics();
    server.answer({ status: 410, body: 'canary-body' });
    const bench = aPassBench(aStore(), {}, { notifications });

    await bench.run();
    await told();

    for (const result of ['delivered', 'rejected', 'failed', 'dropped'])
      expect(before).toContain(
        `tagwarden_notifications_total{receiver="ops",result="${result}"} 0`,
      );
    expect(await registry.metrics()).toContain(
      'tagwarden_notifications_total{receiver="ops",result="rejected"} 1',
    );
    expect(said(log)).toEqual(['warn notification lost']);
    expect(log.lines[0]?.fields).toEqual({
      receiver: 'ops',
      notices: 1,
      attempts: 1,
      result: 'rejected',
      reason: 'status 410',
    });
    expect(JSON.stringify(log.lines)).not.toMatch(/canary|whsec|127\.0\.0\.1/);
  });

  test('notificationsOf() has a pass wait for no receiver', async () => {
    const { notifications, server, told } = await aService();
    server.answer('hang');
    const bench = aPassBench(aStore(), {}, { notifications });
    const startedMs = performance.now();

    await bench.run();
    const passedMs = performance.now() - startedMs;
    await told();

    expect(passedMs).toBeLessThan(1_000);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });
});

describe('lastRecord()', () => {
  test('lastRecord() knows nothing when the store does not answer, and says so', async () => {
    const log = keptLog();
    const target = async (): Promise<never> => await Promise.reject(new Error('no answer'));

    expect(await lastRecord({ target }, IMAGE, log)).toBe(null);
    expect(said(log)).toEqual(['warn last record was not read']);
  });
});
