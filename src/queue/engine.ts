import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../model/policy.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import {
  ENGINE_DEFAULTS,
  type EngineContext,
  type EngineOptions,
  type Sweep,
} from './engine-options.ts';
import { createQueues, type QueueCounts, type Queues } from './queues.ts';
import { createRevisions } from './revisions.ts';
import { createSchedules } from './schedules.ts';
import { createWatchdog } from './watchdog.ts';
import { type BusyWorker, createWorkers } from './workers.ts';

export type {
  EngineOptions,
  PassOptions,
  PassRefusal,
  QueueEvent,
  ReconcileRequest,
  Sweep,
  SweepEvent,
  SweepRequest,
} from './engine-options.ts';
export type { QueueCounts } from './queues.ts';

/** Scheduler, queue and workers of one process. */
export interface Engine extends Dispatch {
  /** Schedules and works as the roles say; resolves when workers are connected. */
  start(): Promise<void>;
  /**
   * Takes no new job, lets running passes end for `graceMs`, then interrupts them. Work may be asked for until `intake`
   * resolves. Leaves the backend open.
   */
  stop(options: { readonly graceMs: number; readonly intake?: Promise<void> }): Promise<void>;
  /** Makes the schedulers follow the current policies; nothing to do without the scheduler role. */
  refresh(): Promise<void>;
  counts(): Promise<QueueCounts>;
  parked(): ReturnType<Queues['parked']>;
  oldest(): ReturnType<Queues['oldest']>;
}

/** What an interrupted pass gets to end and give its job back. */
const INTERRUPT_MS = 2_000;
/** How often a stopping worker is looked at: one that has nothing in hand needs no grace. */
const LOOK_MS = 100;

export function createEngine(options: EngineOptions): Engine {
  let stopping = false;
  const context = toContext(options, () => stopping);
  const queues = createQueues(context);
  const schedules = createSchedules(context, queues);
  const watchdog = createWatchdog(context, queues);
  let workers: readonly BusyWorker[] = [];
  return {
    async start() {
      await schedules.start();
      watchdog.start();
      if (context.roles.has('worker')) workers = createWorkers(context, queues, schedules);
      await Promise.all(workers.map(async ({ worker }) => await worker.waitUntilReady()));
    },
    async stop({ graceMs, intake }) {
      stopping = true;
      schedules.stop();
      watchdog.stop();
      await Promise.all(workers.map(async (worker) => await closeWorker(worker, graceMs, context)));
      await intake;
      await queues.close().catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'queues did not close');
      });
    },
    ...createDispatch(context, queues),
    refresh: async () => await schedules.refresh(),
    counts: async () => await queues.counts(),
    parked: async () => await queues.parked(),
    oldest: async () => await queues.oldest(),
  };
}

function toContext(options: EngineOptions, isStopping: () => boolean): EngineContext {
  const revisions = createRevisions(options.policies, options.now);
  return {
    overdue: async () => [],
    refreshPolicies: async () => await Promise.resolve(false),
    onUnknownRevision: () => {},
    onSweep: () => {},
    onEvent: () => {},
    onTick: () => {},
    onSynced: () => {},
    random: Math.random,
    discover: none,
    openSweep: async ({ policy }) => await Promise.resolve(visitAll(options, policy)),
    ...options,
    policies: revisions.current,
    isPast: revisions.isPast,
    settings: { ...ENGINE_DEFAULTS, ...options.settings },
    isStopping,
  };
}

async function* none(): AsyncGenerator<never> {}

function visitAll({ discover = none }: EngineOptions, policy: Policy): Sweep {
  return {
    async *discover(signal) {
      for await (const found of discover(policy, signal)) yield [found];
    },
    screen: async (chunk) => await Promise.resolve(chunk),
    completed: async () => await Promise.resolve(),
  };
}

async function closeWorker(
  { worker, isBusy }: BusyWorker,
  graceMs: number,
  { log }: EngineContext,
): Promise<void> {
  // Without a queue behind it a worker may fail to say good-bye; the process still has to stop.
  const closed = worker.close().catch((error: unknown) => {
    log.warn({ queue: worker.name, error: String(error) }, 'worker did not close cleanly');
  });
  for (let leftMs = graceMs; leftMs > 0 && isBusy(); leftMs -= LOOK_MS) {
    if (await endsWithin(closed, Math.min(leftMs, LOOK_MS))) return;
  }
  worker.cancelAllJobs('the process is stopping');
  if (await endsWithin(closed, INTERRUPT_MS)) return;
  // Its jobs are taken over when their locks end.
  log.error({ queue: worker.name }, 'worker did not stop in time');
}

async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
