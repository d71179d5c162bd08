import { DelayedError, UnrecoverableError } from 'bullmq';
import type { EngineContext } from './engine-options.ts';
import type { QueueJob } from './port.ts';

/** Reads a payload, or parks the job as failed: another version wrote it, and no retry makes it readable. */
export function park<T>(
  context: Pick<EngineContext, 'log' | 'onEvent'>,
  job: QueueJob,
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.log.error({ queue: job.queueName, job_id: job.id, error: message }, 'job parked');
    context.onEvent({ type: 'parked', queue: job.queueName, jobId: job.id ?? '' });
    throw new UnrecoverableError(message);
  }
}

/** Hands a job back to the other workers at once; no attempt is spent. Never returns. */
export async function giveBack(job: QueueJob, token: string): Promise<never> {
  await job.moveToDelayed(Date.now(), token);
  throw new DelayedError();
}
