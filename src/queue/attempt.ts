import { DelayedError } from 'bullmq';
import type { EngineContext } from './engine-options.ts';
import { parseJob, type Reason } from './jobs.ts';
import type { QueueJob } from './port.ts';

/** A run of a job. */
export interface Run {
  readonly job: QueueJob;
  readonly token: string;
}

/** How often a job looks whether this process has the policies it was made for, and for how long. */
const LOOK_AGAIN_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * A change of policies asks for one sweep; done with the old ones it would be lost until the next interval. So a job
 * of that kind waits until this process, too, has read them. Not for ever: the folder here may stay another one. Null: it
 * need not wait; else never resolves.
 */
export function awaitRevision(
  { policies, now, isPast, onUnknownRevision }: RevisionContext,
  { job, token }: Run,
  { reason, revision, askedAt }: Waiting,
): Promise<never> | null {
  if (revision === policies().revision) return null;
  const since = new Date(askedAt ?? job.timestamp);
  // Changed twice: the policies here are newer than those the job was made for.
  if (isPast(revision, since)) return null;
  onUnknownRevision(revision);
  if (reason !== 'revision') return null;
  if (now().getTime() - since.getTime() >= LONGEST_WAIT_MS) return null;
  return runLater(job, token, LOOK_AGAIN_MS);
}

type RevisionContext = Pick<EngineContext, 'policies' | 'now' | 'isPast' | 'onUnknownRevision'>;

interface Waiting {
  readonly reason: Reason;
  readonly revision: string;
  readonly askedAt?: string | undefined;
}

/** Hands a job back to the other workers at once; no attempt is spent. Never returns. */
export async function giveBack(job: QueueJob, token: string): Promise<never> {
  return await runLater(job, token, 0);
}

/** Puts a job back for a while; no attempt is spent. Never returns. */
export async function runLater(job: QueueJob, token: string, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

/**
 * Runs a job later that came back from a crash, so that a target that takes its worker down meets others then than
 * those that were in flight with it. Once a crash: the job says so itself. Never returns.
 */
export async function putOff(job: QueueJob, token: string, delayMs: number): Promise<never> {
  await job.updateData({ ...parseJob('reconcile', job), putOffAfter: job.stalledCounter });
  return await runLater(job, token, delayMs);
}
