import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUrgent, type Reason, reconcileJob } from '../../src/queue/jobs.ts';
import type { Backend, JobQueue, JobWorker, QueueJob } from '../../src/queue/port.ts';
import { syncSchedulers } from '../../src/queue/scheduler.ts';
import { aPolicy, aSet, keepingLog, pause, SILENT, unique, until } from './support.ts';

const RETRY_MS = 600;

interface Bench {
  readonly queue: JobQueue;
  /** `correlationId` of each run, in order of start. */
  readonly runs: string[];
  readonly finished: string[];
  parallel: number;
  most: number;
  /** What a run does; the default ends at once. */
  work: (job: QueueJob, run: string) => Promise<void>;
  add(run: string, reason?: Reason): Promise<void>;
  work10(): Promise<void>;
}

/** What the engine needs of a backend; the same rows for each. */
export function backendConformance(name: string, open: () => Promise<Backend>): void {
  describe(`${name} backend`, () => {
    let backend: Backend;
    const workers: JobWorker[] = [];
    const queues: JobQueue[] = [];

    beforeAll(async () => {
      backend = await open();
    });

    afterAll(async () => {
      await Promise.all(workers.map(async (worker) => await worker.close()));
      await Promise.all(queues.map(async (queue) => await queue.close()));
      await backend.close();
    });

    function bench(): Bench {
      const queue = backend.createQueue(unique('reconcile.conformance'));
      queues.push(queue);
      const made: Bench = {
        queue,
        runs: [],
        finished: [],
        parallel: 0,
        most: 0,
        work: async () => {},
        async add(run, reason = 'webhook') {
          const job = passOf(run, reason);
          await queue.add(job.name, job.data, job.opts);
        },
        async work10() {
          const worker = backend.createWorker(queue.name, async (job) => await run(made, job), {
            concurrency: 10,
            lockDurationMs: 10_000,
            stalledIntervalMs: 5_000,
            drainDelayS: 5,
            backoff: () => RETRY_MS,
            onRenewed() {},
            onStalled() {},
            onLockLost() {},
          });
          workers.push(worker);
          await worker.waitUntilReady();
        },
      };
      return made;
    }

    test('ping() resolves', async () => {
      await expect(backend.ping()).resolves.toBeUndefined();
    });

    test('a target whose events arrive while it runs runs once more, with the last, never twice at once', async () => {
      const b = bench();
      let release = () => {};
      const held = new Promise<void>((done) => {
        release = done;
      });
      b.work = async (_job, run) => {
        if (run === 'v1') await held;
      };
      await b.work10();
      await b.add('v1');
      await until('first run', () => b.runs.length === 1);

      for (const run of ['v2', 'v3', 'v4', 'v5', 'v6']) await b.add(run);
      release();
      await until('follow-up', () => b.finished.length === 2);
      await pause(200);

      expect(b.runs).toEqual(['v1', 'v6']);
      expect(b.most).toBe(1);
    });

    test('a target whose events arrive while it waits runs once', async () => {
      const b = bench();
      for (const run of ['v1', 'v2', 'v3', 'v4']) await b.add(run);

      await b.work10();
      await until('run', () => b.finished.length > 0);
      await pause(200);

      expect(b.runs).toEqual(['v1']);
    });

    test('addBulk() makes one job of duplicates', async () => {
      const b = bench();
      const jobs = ['v1', 'v2', 'v3'].map((run) => passOf(run, 'schedule'));

      await b.queue.addBulk(jobs);

      await expect(b.queue.getJobCounts('waiting', 'delayed')).resolves.toMatchObject({
        waiting: 1,
        delayed: 0,
      });
    });

    test.each([
      { reason: 'webhook', early: false },
      { reason: 'manual', early: true },
      { reason: 'revision', early: true },
    ] as const)('a $reason event during a backoff pulls the retry forward: $early', async (row) => {
      const b = bench();
      const at: number[] = [];
      b.work = async () => {
        at.push(performance.now());
        if (at.length === 1) throw new Error('503');
      };
      await b.work10();
      await b.add('v1');
      await until('failure', async () => (await b.queue.getJobCounts('delayed'))['delayed'] === 1);

      await b.add('v2', row.reason);
      await until('retry', () => b.finished.length === 1);
      await pause(200);

      const [first = 0, second = 0] = at;
      expect(second - first < RETRY_MS * 0.9).toBe(row.early);
      expect(b.runs).toEqual(['v1', 'v1']);
      expect(isUrgent(row.reason)).toBe(row.early);
    });

    test('an event that arrives while the last attempt fails still gets its run', async () => {
      const b = bench();
      let release = () => {};
      const held = new Promise<void>((done) => {
        release = done;
      });
      b.work = async (_job, run) => {
        if (run !== 'v1') return;
        await held;
        throw new Error('final');
      };
      await b.work10();
      const job = passOf('v1', 'webhook');
      await b.queue.add(job.name, job.data, { ...job.opts, attempts: 1 });
      await until('first run', () => b.runs.length === 1);

      await b.add('v2');
      release();
      await until('follow-up', () => b.finished.includes('v2'));

      expect(b.runs).toEqual(['v1', 'v2']);
    });

    test('syncSchedulers() writes only what differs, and asks for a sweep when the revision does', async () => {
      const queue = backend.createQueue(unique('sweep'));
      queues.push(queue);
      const log = keepingLog();
      const cron = aPolicy('night', {
        schedule: { type: 'cron', cron: '0 3 * * *', timeZone: 'Asia/Shanghai' },
      });
      await syncSchedulers(queue, aSet('1', aPolicy('shop'), cron, aPolicy('gone')), SILENT);
      const before = await queue.getJobSchedulers(0, -1);
      const ticks = (await queue.getJobCounts('waiting'))['waiting'];

      await syncSchedulers(queue, aSet('1', aPolicy('shop'), cron, aPolicy('gone')), log);
      const unchanged = await queue.getJobSchedulers(0, -1);
      await syncSchedulers(queue, aSet('2', aPolicy('shop'), cron), SILENT);
      const after = await queue.getJobSchedulers(0, -1);

      expect(before.map(({ key }) => key).toSorted()).toEqual(['gone', 'night', 'shop']);
      expect(before.find(({ key }) => key === 'night')?.next).toSatisfy(
        (at: number) => new Date(at).getUTCHours() === 19,
      );
      expect(ticks).toBe(3);
      expect(unchanged).toEqual(before);
      expect(log.lines).toEqual([]);
      expect(after.map(({ key }) => key).toSorted()).toEqual(['night', 'shop']);
      expect((await queue.getJobCounts('waiting'))['waiting']).toBe(5);
      const shop = (all: typeof before) => all.find(({ key }) => key === 'shop')?.next;
      expect(shop(after)).toBe(shop(before));
    });

    test('syncSchedulers() schedules the other policies when one has no valid cron', async () => {
      const queue = backend.createQueue(unique('sweep'));
      queues.push(queue);
      const log = keepingLog();
      const schedule = { type: 'cron', cron: 'every day', timeZone: 'UTC' } as const;

      await syncSchedulers(queue, aSet('1', aPolicy('bad', { schedule }), aPolicy('good')), log);

      const keys = (await queue.getJobSchedulers(0, -1)).map(({ key }) => key);
      expect(keys).toEqual(['good']);
      expect(log.lines[0]).toMatchObject({ level: 'error', fields: { policy: 'bad' } });
    });

    test('syncSchedulers() run by three processes at once asks for one first sweep', async () => {
      const queue = backend.createQueue(unique('sweep'));
      queues.push(queue);
      const set = aSet('1', aPolicy('shop'));

      await Promise.all([1, 2, 3].map(async () => await syncSchedulers(queue, set, SILENT)));

      const counts = await queue.getJobCounts('waiting', 'delayed');
      expect(counts).toMatchObject({ waiting: 1, delayed: 1 });
    });
  });
}

async function run(b: Bench, job: QueueJob): Promise<void> {
  // Written by passOf() below.
  const { correlationId } = job.data as { correlationId: string };
  b.runs.push(correlationId);
  b.parallel += 1;
  b.most = Math.max(b.most, b.parallel);
  try {
    await b.work(job, correlationId);
    b.finished.push(correlationId);
  } finally {
    b.parallel -= 1;
  }
}

function passOf(run: string, reason: Reason) {
  return reconcileJob(
    {
      target: { account: 'a', path: 'shop/web' },
      reason,
      correlationId: run,
      revision: 'r',
      attributes: null,
      observedAt: null,
    },
    5,
  );
}
