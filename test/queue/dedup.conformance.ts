import { DelayedError } from 'bullmq';
import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/queue/port.ts';
import { aGate, passOf, queueBenches } from './queue-bench.ts';
import { pause, until } from './support.ts';

/** At most one run and one waiting a target, and no event lost: the same rows for each backend. */
export function dedupConformance(name: string, open: () => Promise<Backend>): void {
  describe(`a target on ${name}`, () => {
    const { bench } = queueBenches(open);

    test('whose events arrive while it runs runs once more, with the last, never twice at once', async () => {
      const b = bench();
      const { held, release } = aGate();
      b.work = async (_job, run) => {
        if (run === 'v1') await held;
      };
      await b.start();
      await b.add('v1');
      await until('first run', () => b.runs.length === 1);

      for (const run of ['v2', 'v3', 'v4', 'v5', 'v6']) await b.add(run);
      release();
      await until('follow-up', () => b.finished.length === 2);
      await pause(200);

      expect(b.runs).toEqual(['v1', 'v6']);
      expect(b.most).toBe(1);
    });

    test('whose follow-up gets events, too, runs a third time', async () => {
      const b = bench();
      const [first, second] = [aGate(), aGate()];
      b.work = async (_job, run) => {
        if (run === 'v1') await first.held;
        if (run === 'v3') await second.held;
      };
      await b.start();
      await b.add('v1');
      await until('first run', () => b.runs.length === 1);
      for (const run of ['v2', 'v3']) await b.add(run);
      first.release();
      await until('second run', () => b.runs.length === 2);

      await b.add('v4');
      second.release();
      await until('third run', () => b.finished.length === 3);

      expect(b.runs).toEqual(['v1', 'v3', 'v4']);
      expect(b.most).toBe(1);
    });

    test('whose events arrive while it waits runs once', async () => {
      const b = bench();
      for (const run of ['v1', 'v2', 'v3', 'v4']) await b.add(run);

      await b.start();
      await until('run', () => b.finished.length > 0);
      await pause(200);

      expect(b.runs).toEqual(['v1']);
    });

    test.each([
      { reason: 'webhook', early: false },
      { reason: 'manual', early: true },
    ] as const)('that is put off is pulled forward by a $reason event: $early', async (row) => {
      const b = bench();
      await b.start();
      const start = performance.now();
      // Long where nobody should wait for it, so that a slow machine does not look like the delay.
      const delay = row.early ? 20_000 : 2_500;
      await b.add('v1', { reason: 'schedule', delay });

      await b.add('v2', { reason: row.reason });
      await until('run', () => b.finished.length > 0);
      await pause(100);

      expect((b.at[0] ?? 0) - start < delay - 100).toBe(row.early);
      expect(b.runs).toEqual(['v1']);
    });

    test('that appears twice in one addBulk() gets one job', async () => {
      const b = bench();
      const jobs = ['v1', 'v2', 'v3'].map((run) => passOf(run, { reason: 'schedule' }));

      const added = await b.queue.addBulk(jobs);

      expect(new Set(added.map(({ id }) => id)).size).toBe(1);
      await expect(b.queue.getJobCounts('prioritized', 'waiting', 'delayed')).resolves.toEqual({
        prioritized: 1,
        waiting: 0,
        delayed: 0,
      });
    });

    test.each([
      { reason: 'webhook', early: false },
      { reason: 'manual', early: true },
      { reason: 'revision', early: true },
    ] as const)('in backoff is pulled forward by a $reason event: $early', async (row) => {
      const b = bench();
      // Long where nobody should wait for it, so that a slow machine does not look like a back-off.
      b.retryMs = row.early ? 10_000 : 600;
      b.work = async () => {
        if (b.runs.length === 1) throw new Error('503');
      };
      await b.start();
      await b.add('v1');
      await until('failure', async () => (await b.queue.getJobCounts('delayed'))['delayed'] === 1);

      await b.add('v2', { reason: row.reason });
      await until('retry', () => b.finished.length === 1);
      await pause(200);

      const [first = 0, second = 0] = b.at;
      expect(second - first < b.retryMs * 0.9).toBe(row.early);
      expect(b.runs).toEqual(['v1', 'v1']);
    });

    test('that fails with an event behind it is retried, and then runs once for the event', async () => {
      const b = bench();
      const { held, release } = aGate();
      b.work = async () => {
        if (b.runs.length > 1) return;
        await held;
        throw new Error('503');
      };
      await b.start();
      await b.add('v1');
      await until('first run', () => b.runs.length === 1);

      await b.add('v2');
      release();
      await until('failure', async () => (await b.queue.getJobCounts('delayed'))['delayed'] === 1);
      await b.add('v3');
      await until('retry and follow-up', () => b.finished.length === 2);
      await pause(200);

      expect(b.runs).toEqual(['v1', 'v1', 'v2']);
      expect(b.most).toBe(1);
    });

    test('that fails for good with an event behind it still runs for the event', async () => {
      const b = bench();
      const { held, release } = aGate();
      b.work = async (_job, run) => {
        if (run !== 'v1') return;
        await held;
        throw new Error('final');
      };
      await b.start();
      await b.add('v1', { attempts: 1 });
      await until('first run', () => b.runs.length === 1);

      await b.add('v2');
      release();
      await until('follow-up', () => b.finished.includes('v2'));

      expect(b.runs).toEqual(['v1', 'v2']);
    });

    test.each([
      { reason: 'webhook', early: false },
      { reason: 'manual', early: true },
    ] as const)(
      'that paused itself keeps its attempt, and is pulled forward by a $reason event: $early',
      async (row) => {
        const b = bench();
        const attempts: number[] = [];
        const pausedMs = row.early ? 10_000 : 800;
        b.work = async (job, _run, token) => {
          attempts.push(job.attemptsMade);
          if (b.runs.length > 1) return;
          await job.moveToDelayed(Date.now() + pausedMs, token);
          throw new DelayedError();
        };
        await b.start();
        await b.add('v1');
        await until('pause', async () => (await b.queue.getJobCounts('delayed'))['delayed'] === 1);

        await b.add('v2', { reason: row.reason });
        await until('run', () => b.finished.length === 1);
        await pause(100);

        const [first = 0, second = 0] = b.at;
        expect(second - first < pausedMs - 100).toBe(row.early);
        expect(b.runs).toEqual(['v1', 'v1']);
        expect(attempts).toEqual([0, 0]);
      },
    );

    test('whose worker dies three times in a row runs a fourth time, and then for the event behind it', async () => {
      const b = bench();
      const attempts: number[] = [];
      const never = new Promise<void>(() => {});
      b.work = async (job, run) => {
        attempts.push(job.attemptsMade);
        if (run === 'v1' && b.runs.length < 4) await never;
      };
      const fragile = { lockDurationMs: 300, stalledIntervalMs: 150 };
      await b.add('v1');

      for (let deaths = 0; deaths < 3; deaths += 1) {
        const worker = await b.start(fragile);
        await until('run', () => b.runs.length === deaths + 1);
        if (deaths === 0) await b.add('v2');
        // As a killed process does: the run goes nowhere and its lock is not renewed.
        await worker.close(true);
      }
      await b.start(fragile);
      await until('takeover and follow-up', () => b.finished.length === 2);

      expect(b.runs).toEqual(['v1', 'v1', 'v1', 'v1', 'v2']);
      expect(attempts).toEqual([0, 0, 0, 0, 0]);
      expect(await b.queue.getJobCounts('failed')).toEqual({ failed: 0 });
    });
  });
}
