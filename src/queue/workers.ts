import { type ContextFields, withContext } from '../telemetry/context.ts';
import type { EngineContext } from './engine-options.ts';
import { correlationOf, reconcileQueue, SWEEP_QUEUE } from './jobs.ts';
import { createLeaseBook } from './lease.ts';
import type { JobProcessor, JobWorker, QueueJob, WorkerSetup } from './port.ts';
import type { Queues } from './queues.ts';
import { createReconcileProcessor } from './reconcile-worker.ts';
import { backoffMs } from './retry.ts';
import type { Schedules } from './schedules.ts';
import { createSweepProcessor } from './sweep-worker.ts';

/** Sweeps mostly wait for listings; one slow account must not hold up the others' ticks. */
const SWEEP_CONCURRENCY = 8;

/** A worker, and whether it has work in hand. */
export interface BusyWorker {
  readonly worker: JobWorker;
  readonly isBusy: () => boolean;
}

/** One worker for sweeps, and one an account: the bulkhead between accounts. */
export function createWorkers(
  context: EngineContext,
  queues: Queues,
  { follow }: Pick<Schedules, 'follow'>,
): readonly BusyWorker[] {
  const sweeps = createWorker(context, SWEEP_QUEUE, createSweepProcessor(context, queues, follow), {
    ...setup(context, SWEEP_QUEUE),
    concurrency: SWEEP_CONCURRENCY,
    onRenewed: () => {},
  });
  const passes = context.accounts.map(({ name, concurrency }) => {
    const queue = reconcileQueue(name);
    const leases = createLeaseBook({
      lockDurationMs: context.settings.lockDurationMs,
      now: context.now,
      monotonicMs: () => performance.now(),
    });
    const processor = createReconcileProcessor(context, queues.reconcile(name), leases);
    return createWorker(context, queue, processor, {
      ...setup(context, queue),
      concurrency,
      onRenewed: (runs, sentAtMs) => leases.renew(runs, sentAtMs),
    });
  });
  return [sweeps, ...passes];
}

function createWorker(
  { backend }: EngineContext,
  queue: string,
  processor: JobProcessor,
  wanted: WorkerSetup,
): BusyWorker {
  let running = 0;
  const counted: JobProcessor = async (job, token, signal) => {
    running += 1;
    try {
      await withContext(fieldsOf(job), () => processor(job, token, signal));
    } finally {
      running -= 1;
    }
  };
  return { worker: backend.createWorker(queue, counted, wanted), isBusy: () => running > 0 };
}

/** What every log line about a job bears, whoever writes it. */
function fieldsOf({ id, name, attemptsMade, data }: QueueJob): ContextFields {
  const correlationId = correlationOf(data);
  const fields = { event: name, job_id: id ?? null, attempt: attemptsMade + 1 };
  return correlationId === null ? fields : { ...fields, correlation_id: correlationId };
}

function setup(
  context: EngineContext,
  queue: string,
): Omit<WorkerSetup, 'concurrency' | 'onRenewed'> {
  const { settings, random, log, onEvent } = context;
  return {
    lockDurationMs: settings.lockDurationMs,
    stalledIntervalMs: settings.stalledIntervalMs,
    drainDelayS: settings.drainDelayS,
    backoff: (attempt, _type, error) => backoffMs(attempt, error, random),
    onStalled(jobId) {
      log.warn({ queue, job_id: jobId }, 'job of a crashed worker is taken over');
      onEvent({ type: 'stalled', queue, jobId });
    },
    onLockLost(jobId) {
      log.warn({ queue, job_id: jobId }, 'job lost its lock');
      onEvent({ type: 'lock-lost', queue, jobId });
    },
  };
}
