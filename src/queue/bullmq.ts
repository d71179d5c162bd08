import type { JobsOptions, Worker, WorkerOptions } from 'bullmq';
import type {
  BackendOptions,
  JobProcessor,
  JobQueue,
  JobWorker,
  QueueJob,
  RunKey,
  WorkerSetup,
} from './port.ts';

const HOUR_S = 3_600;
const DAY_S = 86_400;

/**
 * Defaults of every job we add. The backoff type is the strategy our own workers register. What a pass came to stands in the
 * store: a job that is done would only cost the queue memory, and its removal later.
 */
export const JOB_DEFAULTS = {
  removeOnComplete: true,
  backoff: { type: 'error-aware' },
  stackTraceLimit: 1,
  keepLogs: 50,
  sizeLimit: 8_192,
} as const satisfies JobsOptions;

/** A lock outlives this many renewals that fail or come late, less one. */
const RENEWALS_PER_LOCK = 4;

/**
 * Settings of every worker. The limiter never limits, but Redis ignores queue.rateLimit() without one. Stalls are
 * crashes, not failures, so they do not use up the job.
 */
export function workerOptions(setup: WorkerSetup) {
  return {
    concurrency: setup.concurrency,
    limiter: { max: 1_000_000, duration: 1_000 },
    drainDelay: setup.drainDelayS,
    lockDuration: setup.lockDurationMs,
    lockRenewTime: setup.lockDurationMs / RENEWALS_PER_LOCK,
    stalledInterval: setup.stalledIntervalMs,
    maxStalledCount: 50,
    runRetryDelay: 1_000,
    // Of jobs that say nothing of it.
    removeOnComplete: { age: HOUR_S },
    removeOnFail: { age: DAY_S },
    settings: { backoffStrategy: setup.backoff },
  } satisfies Omit<WorkerOptions, 'connection'>;
}

/** Options of a queue or worker that is traced, when somebody asked for it. */
export function tracedBy({ telemetry }: Pick<BackendOptions, 'telemetry'>) {
  return telemetry === undefined || telemetry === null ? {} : { telemetry };
}

/** BullMQ reads the number of parameters: a signal is only made for processors that declare three. */
export function toProcessor(processor: JobProcessor) {
  return (job: QueueJob, token: string | undefined, signal: AbortSignal | undefined) =>
    processor(job, token ?? '', signal ?? new AbortController().signal);
}

interface Wired extends JobWorker, Pick<Worker, 'cancelJob' | 'extendJobLocks'> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'stalled', listener: (jobId: string) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
}

/** Attaches the engine's ears. A renewal counts from when it was sent: the reply may be read after a long freeze. */
export function wireWorker(
  worker: Wired,
  setup: WorkerSetup,
  onError: (error: Error) => void,
): JobWorker {
  const extend = worker.extendJobLocks.bind(worker);
  worker.extendJobLocks = async (jobIds, tokens, durationMs) => {
    const sentAtMs = performance.now();
    const lost = await extend(jobIds, tokens, durationMs);
    const runs = jobIds.map((jobId, at): RunKey => ({ jobId, token: tokens[at] ?? '' }));
    setup.onRenewed(
      runs.filter(({ jobId }) => !lost.includes(jobId)),
      sentAtMs,
    );
    return lost;
  };
  worker.on('error', onError);
  worker.on('stalled', setup.onStalled);
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) {
      worker.cancelJob(jobId, 'the lock was lost');
      setup.onLockLost(jobId);
    }
  });
  return worker;
}

interface WiredQueue extends JobQueue {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** A queue nobody listens to would end the process with its first connection error. */
export function wireQueue(queue: WiredQueue, onError: (error: Error) => void): JobQueue {
  queue.on('error', onError);
  return queue;
}
