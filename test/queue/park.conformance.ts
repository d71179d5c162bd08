import { describe, expect, test } from 'vitest';
import type { QueueEvent } from '../../src/queue/engine.ts';
import { reconcileQueue, SWEEP_QUEUE } from '../../src/queue/jobs.ts';
import type { Backend, JobProcessor, JobQueue } from '../../src/queue/port.ts';
import { depthsOf } from '../../src/queue/queues.ts';
import { engineBench } from './engine-bench.ts';
import { pause, until } from './support.ts';

/** What of a newer worker matters here: how it takes jobs. */
const NEWER = {
  concurrency: 1,
  lockDurationMs: 10_000,
  stalledIntervalMs: 5_000,
  drainDelayS: 1,
  backoff: () => 0,
  onRenewed: () => {},
  onStalled: () => {},
  onLockLost: () => {},
} as const;

const PARKED_TOO_LONG = { parkedSince: new Date(Date.now() - 15 * 60_000).toISOString() };

/** What becomes of jobs that a newer release wrote, on one backend. */
export function parkConformance(name: string, open: () => Promise<Backend>): void {
  describe(`readOrPark() on ${name}`, () => {
    const bench = engineBench(open);

    test('parks a job of a newer version, whole, until a newer worker takes it', async () => {
      const { account, backend, counts, work, world } = bench();
      const events: QueueEvent[] = [];
      const engine = await work({ onEvent: (event) => void events.push(event) });
      const queue = backend.createQueue(reconcileQueue(account));
      const data = { v: 2, place: { account, path: 'shop/web' }, correlationId: 'c' };

      const { id = '' } = await queue.add('reconcile', data, { attempts: 5 });
      await until('second look', async () => (await looksAt(queue, id)) >= 2);
      await until('parked', async () => (await counts(engine))?.delayed === 1);
      const depths = await depthsOf(engine);
      await engine.trigger({ account, path: 'shop/other' }, 'webhook');
      await until('other job', () => world.reports.length === 1);
      await engine.stop({ graceMs: 0 });
      const taken: unknown[] = [];
      const take: JobProcessor = async (job) => {
        taken.push({ data: job.data, attempt: job.attemptsMade + 1 });
        return await Promise.resolve();
      };
      const newer = backend.createWorker(reconcileQueue(account), take, NEWER);
      await until('newer worker', () => taken.length > 0);
      await newer.close();
      await queue.close();

      expect(taken).toEqual([{ data, attempt: 1 }]);
      const { counts: shown } = depths.find(({ queue: of }) => of === queue.name) ?? {};
      expect(shown).toMatchObject({ delayed: 1, parked: 1 });
      expect(events.map(({ type }) => type)).toEqual(['parked']);
      expect(world.requests.map(({ target }) => target.path)).toEqual(['shop/other']);
    });

    test('lets a job fail for which no newer worker came, so that its target can be asked for again', async () => {
      const { account, backend, counts, work, world } = bench();
      const events: QueueEvent[] = [];
      const queue = backend.createQueue(reconcileQueue(account));
      const key = { id: `${account}/shop/web`, keepLastIfActive: true };
      const job = await queue.add('reconcile', { v: 2 }, { attempts: 5, deduplication: key });
      await job.updateProgress(PARKED_TOO_LONG);

      const engine = await work({ onEvent: (event) => void events.push(event) });
      await until('given up', async () => (await counts(engine))?.failed === 1);
      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('pass', () => world.reports.length === 1);
      await queue.close();

      expect(events.map(({ type }) => type)).toEqual(['unreadable']);
      expect((await engine.parked()).get(reconcileQueue(account))).toBe(0);
    });

    test.each([
      { kind: 'tick', data: { v: 2, policies: [] } },
      { kind: 'sweep', data: { v: 2, policies: [] } },
      { kind: 'refresh', data: { v: 2 } },
      { kind: 'compact', data: { v: 1 } },
    ])('parks what a newer release asks of schedulers: $kind', async ({ kind, data }) => {
      const { backend, work } = bench();
      const events: QueueEvent[] = [];
      const engine = await work({ onEvent: (event) => void events.push(event) });
      const queue = backend.createQueue(SWEEP_QUEUE);

      const job = await queue.add(kind, data, { attempts: 5 });
      await until('parked', async () => ((await engine.parked()).get(SWEEP_QUEUE) ?? 0) === 1);
      await engine.stop({ graceMs: 0 });
      await pause(50);
      await job.remove();
      await queue.close();

      expect(events).toEqual([{ type: 'parked', queue: SWEEP_QUEUE, jobId: job.id }]);
    });
  });
}

/** How often workers have taken the job. */
async function looksAt(queue: JobQueue, id: string): Promise<number> {
  return (await queue.getJob(id))?.attemptsStarted ?? 0;
}
