import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { QueueEvent } from '../../src/queue/engine.ts';
import { reconcileQueue } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import { engineBench } from './engine-bench.ts';
import { inSync, interrupted, keepingLog, pause, unknown, until } from './support.ts';

/** What becomes of one job, end to end on one backend, with hooks that are plain data. */
export function passConformance(name: string, open: () => Promise<Backend>): void {
  describe(`a pass on ${name}`, () => {
    const bench = engineBench(open);

    test('repeats a pass that is retriable, and no other', async () => {
      const { account, counts, paths, work, world } = bench();
      const engine = await work();
      world.reconcile = async ({ target, attempt }) => {
        if (target.path === 'broken') {
          return unknown(target, { code: 'PROVIDER_FORBIDDEN', retriable: false });
        }
        if (target.path === 'throws') throw new TypeError('x is not a function');
        return attempt === 1 ? unknown(target) : inSync(target);
      };

      for (const path of ['shaky', 'broken', 'throws']) {
        await engine.trigger({ account, path }, 'webhook');
      }
      await until('retry', () => world.requests.some(({ attempt }) => attempt === 2));
      await until('two given up', async () => (await counts(engine))?.failed === 2);

      expect(paths()).toEqual(['broken', 'shaky', 'shaky', 'throws']);
    });

    test('logs a pass that ends without a report: nobody else would tell of it', async () => {
      const { account, work, world } = bench();
      const log = keepingLog();
      const engine = await work({ log });
      world.reconcile = async () =>
        await Promise.reject(new ReconcileError('CONFIG_INVALID', 'Cannot reconcile: no account'));

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('log line', () => log.lines.some(({ level }) => level === 'error'));

      expect(log.lines.filter(({ level }) => level === 'error')).toEqual([
        {
          level: 'error',
          fields: {
            target: `${account}/shop/web`,
            error: 'CONFIG_INVALID: Cannot reconcile: no account',
          },
          message: 'pass broke off',
        },
      ]);
    });

    test('waits for a throttled account without spending an attempt', async () => {
      const { account, work, world } = bench();
      const events: QueueEvent[] = [];
      const onEvent = (event: QueueEvent) => {
        events.push(event);
      };
      const engine = await work({ onEvent });
      const at: number[] = [];
      world.reconcile = async ({ target }) => {
        at.push(performance.now());
        if (at.length > 2) return inSync(target);
        const code = 'PROVIDER_THROTTLED';
        if (at.length === 2) throw new ReconcileError(code, 'slow down', { retryAfterMs: 300 });
        return unknown(target, { code, retryAfterMs: 300 });
      };

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('third run', () => world.reports.at(-1)?.status === 'in-sync');

      expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
      const [first = 0, second = 0, third = 0] = at;
      expect(second - first).toBeGreaterThanOrEqual(290);
      expect(third - second).toBeGreaterThanOrEqual(290);
      expect(events.map(({ type }) => type)).toEqual(['throttled', 'throttled']);
    });

    test('spends no attempt on what is a failure of the queue or of this worker', async () => {
      const { account, counts, work, world } = bench();
      const engine = await work({ random: () => 0 });
      world.reconcile = async ({ target }) => {
        if (world.requests.length > 8) return inSync(target);
        if (world.requests.length % 2 === 0) return unknown(target, { code: 'CANCELLED' });
        throw new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot note the write: no answer');
      };

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('ninth run', () => world.reports.at(-1)?.status === 'in-sync');

      expect(world.requests.map(({ attempt }) => attempt)).toEqual(Array(9).fill(1));
      expect((await counts(engine))?.failed).toBe(0);
    });

    test('refuses a job that nobody can read and goes on with the next', async () => {
      const { account, backend, counts, work, world } = bench();
      const events: QueueEvent[] = [];
      const onEvent = (event: QueueEvent) => {
        events.push(event);
      };
      const engine = await work({ onEvent });
      const queue = backend.createQueue(reconcileQueue(account));

      await queue.add('reconcile', { v: 1, target: 'other' }, { attempts: 5 });
      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('pass', () => world.reports.length === 1);
      await until('refused', async () => (await counts(engine))?.failed === 1);
      await queue.close();

      expect(events.map(({ type }) => type)).toEqual(['unreadable']);
      expect(world.requests).toHaveLength(1);
    });

    test('makes no second pass because a report could not be recorded', async () => {
      const { account, counts, work, world } = bench();
      const log = keepingLog();
      const engine = await work({
        log,
        onReport: async () => await Promise.reject(new Error('disk full')),
      });

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('log line', () => log.lines.some(({ level }) => level === 'error'));
      await pause(200);

      expect(world.requests).toHaveLength(1);
      expect(await counts(engine)).toMatchObject({ failed: 0, active: 0, delayed: 0 });
    });

    test('renews the lease of a pass that outlasts its lock', async () => {
      const { account, work, world } = bench();
      const engine = await work({
        settings: { ...world.options.settings, lockDurationMs: 1_000 },
      });
      world.reconcile = async ({ target }, { checkLease }) => {
        for (let written = 0; written < 36; written += 1) {
          await pause(50);
          checkLease();
        }
        return inSync(target);
      };

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('report', () => world.reports.length === 1);

      expect(world.requests).toHaveLength(1);
    });

    test('stop() lets a running pass end and takes no other', async () => {
      const { account, work, world } = bench();
      const engine = await work({
        accounts: [{ name: account, concurrency: 1 }],
      });
      world.reconcile = async ({ target }) => {
        await pause(300);
        return inSync(target);
      };
      for (const path of ['one', 'two']) await engine.trigger({ account, path }, 'webhook');
      await until('first pass', () => world.requests.length === 1);

      await engine.stop({ graceMs: 5_000 });

      expect(world.reports).toHaveLength(1);
      expect(world.requests).toHaveLength(1);
    });

    test('stop() interrupts a pass that outlasts the grace, and another worker gets it at once', async () => {
      const { account, work, world } = bench();
      const engine = await work();
      world.reconcile = async (_request, { signal, checkLease }) => {
        await new Promise((done) => {
          signal.addEventListener('abort', done);
        });
        checkLease();
        throw new Error('checkLease() let it pass');
      };
      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('pass', () => world.requests.length === 1);

      const stopped = performance.now();
      await engine.stop({ graceMs: 200 });
      const tookMs = performance.now() - stopped;
      world.reconcile = async ({ target }) => inSync(target);
      await work();
      await until('second worker', () => world.reports.length === 1, 3_000);

      expect(tookMs).toBeLessThan(5_000);
      expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 1]);
    });

    test('stop() gives back a pass that was interrupted between two writes', async () => {
      const { account, work, world } = bench();
      const engine = await work();
      world.reconcile = async ({ target }, { signal }) => {
        await new Promise((done) => {
          signal.addEventListener('abort', done);
        });
        return interrupted(target);
      };
      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('pass', () => world.requests.length === 1);

      await engine.stop({ graceMs: 100 });
      world.reconcile = async ({ target }) => inSync(target);
      await work();
      await until('second worker', () => world.reports.at(-1)?.status === 'in-sync', 3_000);

      expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 1]);
    });
  });
}
