import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';
import { type Run, runLater } from './attempt.ts';
import type { EngineContext } from './engine-options.ts';
import { isOfNewerRelease, newerVersionOf } from './jobs.ts';
import type { QueueJob } from './port.ts';

/** How often a parked job is looked at: as long again as it has waited, within these bounds. */
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 30_000;
/**
 * A parked job keeps its key, so that no second pass over its target runs beside a newer worker's. After a roll back there
 * is no such worker: the job fails and gives the key back, and the next sweep asks for the target in words known here.
 */
const LONGEST_PARK_MS = 15 * 60_000;

/** Beside the payload, which is not ours to change. */
const Parked = z.object({ parkedSince: z.iso.datetime() });

type ParkContext = Pick<EngineContext, 'log' | 'now' | 'onEvent'>;

/**
 * What `read` makes of the payload. One that a newer release wrote is put back for a worker of that release, without
 * spending an attempt; one that nobody can read fails at once, and no retry is made.
 */
export async function readOrPark<T>(context: ParkContext, run: Run, read: () => T): Promise<T> {
  try {
    return read();
  } catch (error) {
    return await parkUnread(context, run, error);
  }
}

/** What becomes of a job whose payload could not be read, as `error` says. Never returns. */
export async function parkUnread(context: ParkContext, run: Run, error: unknown): Promise<never> {
  const message = error instanceof Error ? error.message : String(error);
  if (newerVersionOf(run.job.data) !== null) return await park(context, run, message);
  return refuse(context, run, message);
}

/** Puts a job back that only a newer worker can run; `why` names it. Never returns. */
export async function park(context: ParkContext, run: Run, why: string): Promise<never> {
  const { job, token } = run;
  const since = Parked.safeParse(job.progress).data?.parkedSince ?? null;
  const nowMs = context.now().getTime();
  const waitedMs = since === null ? 0 : Math.max(0, nowMs - new Date(since).getTime());
  if (waitedMs >= LONGEST_PARK_MS) return refuse(context, run, why);
  if (since === null) {
    await job.updateProgress({ parkedSince: new Date(nowMs).toISOString() });
    context.log.warn({ ...fieldsOf(job), error: why }, 'job parked for a newer worker');
    context.onEvent({ type: 'parked', queue: job.queueName, jobId: job.id ?? '' });
  }
  const lookMs = Math.min(Math.max(waitedMs, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
  return await runLater(job, token, lookMs);
}

/** True for a job that some worker parked, and that only a newer one than this can run. */
export function isParked(job: Pick<QueueJob, 'name' | 'data' | 'progress'>): boolean {
  return Parked.safeParse(job.progress).success && isOfNewerRelease(job);
}

function refuse({ log, onEvent }: ParkContext, { job }: Run, why: string): never {
  log.error({ ...fieldsOf(job), error: why }, 'job cannot be read');
  onEvent({ type: 'unreadable', queue: job.queueName, jobId: job.id ?? '' });
  throw new UnrecoverableError(why);
}

function fieldsOf({ queueName, id }: QueueJob) {
  return { queue: queueName, job_id: id };
}
