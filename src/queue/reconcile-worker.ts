import { RateLimitError, UnrecoverableError } from 'bullmq';
import { targetKey } from '../model/target.ts';
import { awaitRevision, giveBack, park } from './attempt.ts';
import type { EngineContext, PassOptions, ReconcileRequest } from './engine-options.ts';
import { parseJob } from './jobs.ts';
import type { LeaseBook } from './lease.ts';
import type { JobProcessor, JobQueue, QueueJob } from './port.ts';
import { type Decision, decideError, decideReport } from './retry.ts';

/** Runs one pass a job, and turns its report into BullMQ's words. */
export function createReconcileProcessor(
  context: EngineContext,
  queue: JobQueue,
  leases: LeaseBook,
): JobProcessor {
  return async (job, token, signal) => {
    const request = park(context, job, () => readRequest(job));
    await awaitRevision(context, job, { ...request, token });
    const takenAt = new Date(job.processedOn ?? context.now().getTime());
    const lease = leases.open({ jobId: job.id ?? '', token }, takenAt);
    try {
      const checkLease = () => lease.check(signal);
      const decision = await attempt(context, request, { signal, checkLease });
      if (decision.type === 'retry' && signal.aborted && context.isStopping()) {
        await giveBack(job, token);
      }
      await obey({ context, queue, job }, decision);
    } finally {
      lease.close();
    }
  };
}

function readRequest(job: QueueJob): ReconcileRequest {
  const { v: _v, observedAt, ...payload } = parseJob('reconcile', job);
  return {
    ...payload,
    observedAt: observedAt === null ? null : new Date(observedAt),
    attempt: job.attemptsMade + 1,
  };
}

async function attempt(
  context: EngineContext,
  request: ReconcileRequest,
  options: PassOptions,
): Promise<Decision> {
  try {
    options.checkLease();
    const report = await context.reconcile(request, options);
    await tell(context, request, async () => await context.onReport(report, request));
    return decideReport(report);
  } catch (error) {
    const decision = decideError(error);
    // A pass that ends in a report is logged by its listener; this one has none.
    if ('error' in decision) {
      const target = targetKey(request.target);
      context.log.error({ target, error: decision.error.message }, 'pass broke off');
    }
    return decision;
  }
}

/** The pass is over and its writes are made: a listener that fails must not cause another one. */
async function tell(
  { log }: EngineContext,
  { target }: ReconcileRequest,
  listener: () => Promise<void>,
): Promise<void> {
  try {
    await listener();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error({ target: targetKey(target), error: message }, 'report was not recorded');
  }
}

interface Attempted {
  readonly context: EngineContext;
  readonly queue: JobQueue;
  readonly job: QueueJob;
}

async function obey({ context, queue, job }: Attempted, decision: Decision): Promise<void> {
  switch (decision.type) {
    case 'complete':
      return;
    case 'throttle':
      context.onEvent({ type: 'throttled', queue: queue.name, jobId: job.id ?? '' });
      await queue.rateLimit(decision.waitMs);
      throw new RateLimitError();
    case 'retry':
      throw decision.error;
    case 'give-up':
      throw new UnrecoverableError(decision.error.message);
  }
}
