import { RateLimitError, UnrecoverableError } from 'bullmq';
import { targetKey } from '../model/target.ts';
import { awaitRevision, giveBack, putOff, runLater } from './attempt.ts';
import type {
  EngineContext,
  PassOptions,
  PassRefusal,
  ReconcileRequest,
} from './engine-options.ts';
import { parseJob, type ReconcilePayload } from './jobs.ts';
import type { LeaseBook } from './lease.ts';
import { parkUnread } from './park.ts';
import type { JobProcessor, JobQueue, QueueJob } from './port.ts';
import { backoffMs, type Decision, decideError, decideReport } from './retry.ts';

/** Runs one pass a job, and turns its report into BullMQ's words. */
export function createReconcileProcessor(
  context: EngineContext,
  queue: JobQueue,
  leases: LeaseBook,
): JobProcessor {
  return async (job, token, signal) => {
    const run = { job, token };
    let payload: ReconcilePayload;
    try {
      payload = parseJob('reconcile', job);
    } catch (error) {
      return await parkUnread(context, run, error);
    }
    // Each await costs every pass; nearly none has anything to wait for here.
    const waiting = awaitRevision(context, run, payload);
    if (waiting !== null) return await waiting;
    const request = readRequest(job, payload);
    const takenAt = new Date(job.processedOn ?? context.now().getTime());
    const lease = leases.open({ jobId: job.id ?? '', token }, takenAt);
    try {
      const checkLease = () => lease.check(signal);
      const decision = await attempt(context, request, { signal, checkLease });
      if ('status' in decision) {
        await accept({ context, queue, job, token }, decision);
        return;
      }
      if (decision.type === 'complete') return;
      if (decision.type === 'again' && signal.aborted && context.isStopping()) {
        await giveBack(job, token);
      }
      await obey({ context, queue, job, token }, decision);
    } finally {
      lease.close();
    }
  };
}

function readRequest(job: QueueJob, payload: ReconcilePayload): ReconcileRequest {
  const { askedAt, observedAt, putOffAfter } = payload;
  // Field by field: a rest and a spread of it cost more than all the rest of the request.
  return {
    target: payload.target,
    reason: payload.reason,
    correlationId: payload.correlationId,
    revision: payload.revision,
    attributes: payload.attributes,
    isPartial: payload.isPartial,
    fingerprint: payload.fingerprint,
    observedAt: observedAt === null ? null : new Date(observedAt),
    askedAt: new Date(askedAt ?? job.timestamp),
    attempt: job.attemptsMade + 1,
    crash: job.stalledCounter > 0 ? `${job.id ?? ''}:${job.stalledCounter}` : null,
    wasPutOff: putOffAfter === job.stalledCounter,
  };
}

async function attempt(
  context: EngineContext,
  request: ReconcileRequest,
  options: PassOptions,
): Promise<Decision | PassRefusal> {
  try {
    options.checkLease();
    const report = await context.reconcile(request, options);
    if (!('target' in report)) return report;
    // The pass is over and its writes are made: a listener that fails must not cause another one.
    try {
      const told = context.onReport(report, request);
      if (told instanceof Promise) await told;
    } catch (error) {
      logUnrecorded(context, request, error);
    }
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

function logUnrecorded({ log }: EngineContext, { target }: ReconcileRequest, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  log.error({ target: targetKey(target), error: message }, 'report was not recorded');
}

interface Attempted {
  readonly context: EngineContext;
  readonly queue: JobQueue;
  readonly job: QueueJob;
  readonly token: string;
}

/** A job whose pass was refused is done, or done later. */
async function accept(
  { context, queue, job, token }: Attempted,
  refusal: PassRefusal,
): Promise<void> {
  switch (refusal.status) {
    case 'put-off':
      await putOff(job, token, refusal.delayMs);
      return;
    case 'quarantined': {
      const event = { type: 'quarantined', queue: queue.name, jobId: job.id ?? '' } as const;
      if (refusal.isNew) context.onEvent(event);
      return;
    }
    case 'unselected':
    case 'gone':
  }
}

async function obey(
  { context, queue, job, token }: Attempted,
  decision: Exclude<Decision, { type: 'complete' }>,
): Promise<void> {
  switch (decision.type) {
    case 'throttle':
      context.onEvent({ type: 'throttled', queue: queue.name, jobId: job.id ?? '' });
      await queue.rateLimit(decision.waitMs);
      throw new RateLimitError();
    case 'retry':
      throw decision.error;
    case 'again':
      await runLater(job, token, backoffMs(job.attemptsStarted, decision.error, context.random));
      return;
    case 'give-up':
      throw new UnrecoverableError(decision.error.message);
  }
}
