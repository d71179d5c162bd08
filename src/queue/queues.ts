import { withDeadline } from '../model/deadline.ts';
import { ReconcileError } from '../model/errors.ts';
import { oldestJobAt } from './ages.ts';
import type { EngineOptions } from './engine-options.ts';
import { LEAST_URGENT, type NewJob, reconcileQueue, SWEEP_QUEUE } from './jobs.ts';
import { isParked } from './park.ts';
import type { JobQueue } from './port.ts';

/** How many jobs of one queue are in which state. */
export interface QueueCount {
  readonly queue: string;
  readonly waiting: number;
  readonly prioritized: number;
  readonly active: number;
  /** Waiting out a backoff, or a scheduler's next tick. */
  readonly delayed: number;
  readonly failed: number;
}

export type QueueCounts = readonly QueueCount[];

/** The sweep queue and one reconcile queue an account. */
export interface Queues {
  readonly sweep: JobQueue;
  /** Throws CONFIG_INVALID for an account that is not configured. */
  reconcile(account: string): JobQueue;
  has(account: string): boolean;
  counts(): Promise<QueueCounts>;
  /** How many jobs of each queue wait for a worker of a newer release; of those put off the first 1,000 are looked at. */
  parked(): Promise<ReadonlyMap<string, number>>;
  /** When the oldest job of each queue that could run now was added; null: none waits. */
  oldest(): Promise<ReadonlyMap<string, Date | null>>;
  close(): Promise<void>;
}

type QueuesOptions = Pick<EngineOptions, 'backend'> & {
  readonly accounts: readonly { readonly name: string }[];
};

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const;
const ANSWER_MS = 2_000;
const LOOKED_AT = 1_000;

export function createQueues({ backend, accounts }: QueuesOptions): Queues {
  const sweep = backend.createQueue(SWEEP_QUEUE);
  const byAccount = new Map(
    accounts.map(({ name }) => [name, backend.createQueue(reconcileQueue(name))]),
  );
  const all = [sweep, ...byAccount.values()];
  return {
    sweep,
    has: (account) => byAccount.has(account),
    reconcile(account) {
      const queue = byAccount.get(account);
      if (queue) return queue;
      throw new ReconcileError(
        'CONFIG_INVALID',
        `Cannot use account "${account}": it is not configured, expected one of ${[...byAccount.keys()].join(', ')}`,
      );
    },
    counts: async () => await answered('count jobs', Promise.all(all.map(countJobs))),
    async parked() {
      const asked = all.map(async (queue) => [queue.name, await countParked(queue)] as const);
      return new Map(await answered('look for parked jobs', Promise.all(asked)));
    },
    async oldest() {
      const asked = all.map(async (queue) => [queue.name, await oldestJobAt(queue)] as const);
      return new Map(await answered('look for the oldest jobs', Promise.all(asked)));
    },
    async close() {
      await answered(
        'close the queues',
        Promise.all(all.map(async (queue) => await queue.close())),
      );
    },
  };
}

/** Adds one job, or throws QUEUE_UNAVAILABLE within 2 s. */
export async function addJob(queue: JobQueue, job: NewJob): Promise<void> {
  const { id } = await answered('add a job', queue.add(job.name, job.data, job.opts));
  // The event is taken; that it also gets ahead is a kindness.
  await answered('raise a job', raise(queue, id, job.opts.priority)).catch(() => {});
}

/** An event that melts into a waiting job does not bring its priority with it: BullMQ keeps the older one. */
async function raise(queue: JobQueue, id = '', priority = LEAST_URGENT): Promise<void> {
  const waiting = await queue.getJob(id);
  if (waiting && waiting.priority > priority) await waiting.changePriority({ priority });
}

/** Adds jobs in portions of `bulkSize`, or throws QUEUE_UNAVAILABLE when one takes more than 2 s. */
export async function addJobs(
  queue: JobQueue,
  bulkSize: number,
  jobs: readonly NewJob[],
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < jobs.length; at += bulkSize) {
    signal?.throwIfAborted();
    await answered('add jobs', queue.addBulk(jobs.slice(at, at + bulkSize)));
  }
}

async function answered<T>(verb: string, answer: Promise<T>): Promise<T> {
  try {
    return await withDeadline(answer, ANSWER_MS);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.slice(0, 200) : 'no answer';
    throw new ReconcileError(
      'QUEUE_UNAVAILABLE',
      `Cannot ${verb}: ${found}, expected a queue that answers`,
      { cause },
    );
  }
}

async function countJobs(queue: JobQueue): Promise<QueueCount> {
  const counts = await queue.getJobCounts(...STATES);
  const count = (state: (typeof STATES)[number]) => counts[state] ?? 0;
  return {
    queue: queue.name,
    waiting: count('waiting'),
    prioritized: count('prioritized'),
    active: count('active'),
    delayed: count('delayed'),
    failed: count('failed'),
  };
}

async function countParked(queue: JobQueue): Promise<number> {
  const delayed = await queue.getJobs(['delayed'], 0, LOOKED_AT - 1, true);
  // One that was taken meanwhile is gone by the time it is read.
  return delayed.filter((job) => job !== undefined && job !== null && isParked(job)).length;
}

/** Jobs of each queue by state, as `status` shows them; `parked` ones are among the delayed. */
export async function depthsOf(queues: Pick<Queues, 'counts' | 'parked'>) {
  const [counts, parked] = await Promise.all([queues.counts(), queues.parked()]);
  return counts.map(({ queue, ...states }) => ({
    queue,
    counts: { ...states, parked: parked.get(queue) ?? 0 },
  }));
}
