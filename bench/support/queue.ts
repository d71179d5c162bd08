import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { openBackend } from '../../src/queue/backend.ts';
import { JOB_DEFAULTS } from '../../src/queue/bullmq.ts';
import {
  type NewJob,
  type ReconcilePayload,
  reconcileJob,
  reconcileQueue,
  revisionOfTick,
  SWEEP_QUEUE,
  sweepJob,
} from '../../src/queue/jobs.ts';
import { SILENT } from '../../src/queue/log.ts';
import { addJob } from '../../src/queue/queues.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { imageId } from '../../test/support/fleet.ts';
import { attributesOf } from './fleet.ts';

/** The queues and the store of the services of a bench, seen from outside. */
export interface BenchQueue extends AsyncDisposable {
  readonly store: Store;
  readonly passes: Queue;
  /** Adds a pass over each of the first `count` images, as a sweep does. */
  addPasses(count: number): Promise<void>;
  /** Adds a sweep of a policy, as its scheduler's tick does: what is as it should be gets no pass. */
  sweep(policy: string): Promise<void>;
  /** Adds a pass over one image, as a webhook does. */
  trigger(path: string): Promise<void>;
  /** Throws unless so many targets are on record, all of them in sync. */
  expectKnown(count: number): Promise<void>;
  /** Resolves when nothing runs and nothing waits to run. */
  idle(): Promise<void>;
}

const ACCOUNT = 'ims-north';
const OTHER_ACCOUNTS = ['swr-north', 'hub', 'mirror'];
const PREFIX = '{tags}';
const LOOK_MS = 10;
const ATTEMPTS = 5;
const BULK = 500;
const UNFINISHED = ['waiting', 'prioritized', 'active'] as const;

/** Opens the queues; the services may be there already or not. */
export async function openBenchQueue(redisUrl: string): Promise<BenchQueue> {
  await using opening = new AsyncDisposableStack();
  const backend = await openBackend(redisUrl, { log: SILENT });
  opening.defer(async () => await backend.close());
  const store = await openStore(backend.storage);
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const open = (name: string): Queue => {
    const queue = new Queue(name, { connection, prefix: PREFIX, defaultJobOptions: JOB_DEFAULTS });
    opening.defer(async () => await queue.close());
    return queue;
  };
  const passes = open(reconcileQueue(ACCOUNT));
  const others = OTHER_ACCOUNTS.map((name) => open(reconcileQueue(name)));
  const sweeps = open(SWEEP_QUEUE);
  const toJob = (
    pass: Pick<ReconcilePayload, 'reason' | 'attributes' | 'observedAt'>,
    {
      path,
      at,
      revision,
    }: { readonly path: string; readonly at: string; readonly revision: string },
  ): NewJob =>
    reconcileJob(
      {
        ...pass,
        revision,
        askedAt: at,
        correlationId: 'bench',
        target: { account: ACCOUNT, path },
      },
      ATTEMPTS,
    );
  const opened = opening.move();
  return {
    store,
    passes,
    async sweep(policy) {
      const revision = await readRevision(sweeps);
      const askedAt = new Date().toISOString();
      const wanted = {
        policy,
        reason: 'schedule',
        correlationId: 'bench',
        revision,
        askedAt,
      } as const;
      await addJob(sweeps, sweepJob(wanted, ATTEMPTS, 0));
    },
    async trigger(path) {
      const revision = await readRevision(sweeps);
      const at = new Date().toISOString();
      const pass = { reason: 'webhook', attributes: null, observedAt: null } as const;
      await addJob(passes, toJob(pass, { path, at, revision }));
    },
    async addPasses(count) {
      const revision = await readRevision(sweeps);
      const at = new Date().toISOString();
      const jobs = Array.from({ length: count }, (_, index) => {
        const attributes = attributesOf(index);
        const pass = { reason: 'schedule', attributes, observedAt: at } as const;
        return toJob(pass, { path: imageId(index), at, revision });
      });
      for (let at = 0; at < jobs.length; at += BULK)
        await passes.addBulk(jobs.slice(at, at + BULK));
    },
    async expectKnown(count) {
      const known = await store.counts(new Date());
      const { 'in-sync': inSync, drifted, refused, unknown } = known;
      if (inSync === count && drifted + refused + unknown === 0) return;
      throw new Error(`${JSON.stringify(known)} on record, ${count} in sync expected`);
    },
    async idle() {
      // Sweeps first: once none runs, all passes that they ask for are in the queue.
      await drained(sweeps);
      for (const queue of [passes, ...others]) await drained(queue);
    },
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}

/** Revision of the policies that the schedulers go by. */
export async function readRevision(
  sweeps: Pick<Queue<unknown, void, string>, 'getJobSchedulers'>,
): Promise<string> {
  const [scheduler] = await sweeps.getJobSchedulers(0, 0);
  const revision = revisionOfTick(scheduler?.template?.data);
  if (revision === null) throw new Error('no scheduler has a revision');
  return revision;
}

/** Resolves when no job of the queue runs or waits to run. */
export async function drained(queue: Queue): Promise<void> {
  for (;;) {
    const counts = await queue.getJobCounts(...UNFINISHED);
    if (Object.values(counts).every((count) => count === 0)) return;
    await sleep(LOOK_MS);
  }
}

/** Lets workers have what waits in a paused queue; how long they take for it. */
export async function drainMs(queue: Queue): Promise<number> {
  const startedAt = performance.now();
  await queue.resume();
  await drained(queue);
  return performance.now() - startedAt;
}
