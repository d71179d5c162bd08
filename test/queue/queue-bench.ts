import { afterAll, beforeAll } from 'vitest';
import { type Reason, reconcileJob } from '../../src/queue/jobs.ts';
import type { Backend, JobQueue, JobWorker, QueueJob } from '../../src/queue/port.ts';
import { addJob } from '../../src/queue/queues.ts';
import { unique } from './support.ts';

const RETRY_MS = 600;

/** One queue of one backend, and a record of what its workers ran. Everything is about one target. */
export interface QueueBench {
  readonly queue: JobQueue;
  /** `correlationId` of each run, in order of start. */
  readonly runs: string[];
  readonly finished: string[];
  /** When each run started, in milliseconds. */
  readonly at: number[];
  /** The most runs that were ever in hand at once. */
  most: number;
  /** How long a run that failed is put off. */
  retryMs: number;
  /** What a run does; the default ends at once. */
  work: (job: QueueJob, run: string, token: string) => Promise<void>;
  add(run: string, options?: Adding): Promise<void>;
  /** Starts a worker; the returned one lives until the end of the suite, or until it is closed. */
  start(overrides?: WorkerOverrides): Promise<JobWorker>;
}

interface Adding {
  readonly reason?: Reason;
  readonly path?: string;
  readonly attempts?: number;
  readonly delay?: number;
}

interface WorkerOverrides {
  readonly concurrency?: number;
  readonly lockDurationMs?: number;
  readonly stalledIntervalMs?: number;
}

export interface Benches {
  readonly backend: () => Backend;
  readonly bench: () => QueueBench;
  /** A queue that is closed with the suite. */
  readonly newQueue: (name: string) => JobQueue;
}

/** Opens one backend for a suite and closes it with everything that was made on it. */
export function queueBenches(open: () => Promise<Backend>): Benches {
  let backend: Backend;
  const workers: JobWorker[] = [];
  const queues: JobQueue[] = [];

  // The first start of an embedded database takes seconds, and many on a busy machine.
  beforeAll(async () => {
    backend = await open();
  }, 120_000);

  afterAll(async () => {
    await Promise.all(workers.map(async (worker) => await worker.close()));
    await Promise.all(queues.map(async (queue) => await queue.close()));
    await backend.close();
  });

  const newQueue = (name: string) => {
    const queue = backend.createQueue(unique(name));
    queues.push(queue);
    return queue;
  };

  const bench = (): QueueBench => {
    const queue = newQueue('reconcile.conformance');
    const made: QueueBench = {
      queue,
      runs: [],
      finished: [],
      at: [],
      most: 0,
      retryMs: RETRY_MS,
      work: async () => {},
      async add(run, options = {}) {
        const job = passOf(run, options);
        const { attempts, delay } = options;
        const more = { ...(attempts ? { attempts } : {}), ...(delay ? { delay } : {}) };
        await addJob(queue, { ...job, opts: { ...job.opts, ...more } });
      },
      async start(overrides) {
        const worker = backend.createWorker(queue.name, recordRuns(made), {
          concurrency: 10,
          lockDurationMs: 10_000,
          stalledIntervalMs: 5_000,
          drainDelayS: 5,
          backoff: () => made.retryMs,
          onRenewed() {},
          onStalled() {},
          onLockLost() {},
          ...overrides,
        });
        workers.push(worker);
        await worker.waitUntilReady();
        return worker;
      },
    };
    return made;
  };

  return { backend: () => backend, bench, newQueue };
}

/** Something that waits until it is let go. */
export function aGate(): { readonly held: Promise<void>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { held: promise, release: resolve };
}

/** The job of one pass over one target. */
export function passOf(run: string, { reason = 'webhook', path = 'shop/web' }: Adding = {}) {
  return reconcileJob(
    {
      target: { account: 'a', path },
      reason,
      correlationId: run,
      revision: 'r',
      attributes: null,
      observedAt: null,
    },
    5,
  );
}

function recordRuns(b: QueueBench) {
  let inHand = 0;
  return async (job: QueueJob, token: string): Promise<void> => {
    // Written by passOf() above.
    const { correlationId } = job.data as { correlationId: string };
    b.runs.push(correlationId);
    b.at.push(performance.now());
    inHand += 1;
    b.most = Math.max(b.most, inHand);
    try {
      await b.work(job, correlationId, token);
      b.finished.push(correlationId);
    } finally {
      inHand -= 1;
    }
  };
}
