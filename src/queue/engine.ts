import { setTimeout as sleep } from 'node:timers/promises';
import { ReconcileError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import { ENGINE_DEFAULTS, type EngineContext, type EngineOptions } from './engine-options.ts';
import { type Reason, reconcileJob, sweepJob } from './jobs.ts';
import { addJob, createQueues, type QueueCounts, type Queues } from './queues.ts';
import { syncSchedulers } from './scheduler.ts';
import { type BusyWorker, createWorkers } from './workers.ts';

export type { EngineOptions, QueueEvent, ReconcileRequest, SweepEvent } from './engine-options.ts';
export type { QueueCounts } from './queues.ts';

/** Scheduler, queue and workers of one process. */
export interface Engine {
  /** Schedules and works as the roles say; resolves when workers are connected. */
  start(): Promise<void>;
  /** Takes no new job, lets running passes end for `graceMs`, then interrupts them. Leaves the backend open. */
  stop(options: { readonly graceMs: number }): Promise<void>;
  /** Adds a pass over one target; throws CONFIG_INVALID for an unknown account, QUEUE_UNAVAILABLE within 2 s. */
  trigger(target: Target, reason: Reason): Promise<void>;
  /** Adds a sweep of one policy; throws CONFIG_INVALID when there is none of this name, QUEUE_UNAVAILABLE. */
  sweep(policyName: string, reason: Reason): Promise<void>;
  /** Makes the schedulers follow the current policies; nothing to do without the scheduler role. */
  refresh(): Promise<void>;
  counts(): Promise<QueueCounts>;
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
  let workers: readonly BusyWorker[] = [];
  return {
    async start() {
      if (context.roles.has('scheduler')) await schedules.start();
      if (context.roles.has('worker')) workers = createWorkers(context, queues);
      await Promise.all(workers.map(async ({ worker }) => await worker.waitUntilReady()));
    },
    async stop({ graceMs }) {
      stopping = true;
      schedules.stop();
      await Promise.all(workers.map(async (worker) => await closeWorker(worker, graceMs, context)));
      await queues.close().catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'queues did not close');
      });
    },
    trigger: async (target, reason) => await trigger(context, queues, target, reason),
    sweep: async (policyName, reason) => await sweep(context, queues, policyName, reason),
    refresh: async () => await schedules.refresh(),
    counts: async () => await queues.counts(),
  };
}

function toContext(options: EngineOptions, isStopping: () => boolean): EngineContext {
  return {
    onSweep: () => {},
    onEvent: () => {},
    random: Math.random,
    ...options,
    settings: { ...ENGINE_DEFAULTS, ...options.settings },
    isStopping,
  };
}

async function trigger(
  context: EngineContext,
  queues: Queues,
  target: Target,
  reason: Reason,
): Promise<void> {
  const pass = {
    target,
    reason,
    correlationId: context.newId(),
    revision: context.policies().revision,
    attributes: null,
    observedAt: null,
  };
  await addJob(queues.reconcile(target.account), reconcileJob(pass, context.settings.attempts));
}

async function sweep(
  context: EngineContext,
  queues: Queues,
  policy: string,
  reason: Reason,
): Promise<void> {
  const { policies, revision } = context.policies();
  if (!policies.some(({ name }) => name === policy)) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot sweep policy "${policy}": there is none of this name, expected one of the current set`,
    );
  }
  const payload = { policy, reason, correlationId: context.newId(), revision };
  await addJob(queues.sweep, sweepJob(payload, context.settings.attempts, 0));
}

interface Schedules {
  start(): Promise<void>;
  refresh(): Promise<void>;
  stop(): void;
}

/** Schedulers vanish when Redis loses its data, while workers recover by themselves: hence the timer. */
function createSchedules(context: EngineContext, queues: Queues): Schedules {
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();
  const sync = async () => await syncSchedulers(queues.sweep, context.policies(), context.log);
  const refresh = async () => {
    if (!context.roles.has('scheduler') || context.isStopping()) return;
    last = last.then(sync, sync);
    await last;
  };
  return {
    refresh,
    async start() {
      await refresh();
      timer = setInterval(() => {
        refresh().catch((error: unknown) => {
          context.log.warn({ error: String(error) }, 'schedulers were not compared');
        });
      }, context.settings.resyncSchedulersMs).unref();
    },
    stop: () => clearInterval(timer),
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
