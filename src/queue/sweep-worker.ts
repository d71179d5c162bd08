import { UnrecoverableError } from 'bullmq';
import { ReconcileError } from '../model/errors.ts';
import type { Policy } from '../model/policy.ts';
import type { Discovered } from '../model/target.ts';
import { awaitRevision, giveBack, runLater } from './attempt.ts';
import type { EngineContext, Sweep } from './engine-options.ts';
import { parseJob, reconcileJob, type SweepPayload, sweepJob } from './jobs.ts';
import { park, readOrPark } from './park.ts';
import type { JobProcessor, QueueJob } from './port.ts';
import { addJob, addJobs, type Queues } from './queues.ts';
import { createRefreshProcessor } from './refresh-worker.ts';
import { backoffMs, decideError } from './retry.ts';

/** Ticks come on time and sweeps a little later, so that the gap between two sweeps varies by ±10 %. */
const JITTER = 0.1;

/** Jobs added at once, so that the first passes are under way while the rest of a chunk is still being added. */
const ADDED = 100;

/** Chunks handed on while the next one is met: the store looks at some while the marks of another are made. */
const HANDED_ON = 3;

/** Turns ticks into sweeps, sweeps into one reconcile job a target; has the policies looked at when asked to. */
export function createSweepProcessor(
  context: EngineContext,
  queues: Queues,
  follow: (correlationId: string) => Promise<void>,
): JobProcessor {
  const refresh = createRefreshProcessor(context, follow);
  return async (job, token, signal) => {
    switch (job.name) {
      case 'tick':
        await tick({ context, queues, job, token });
        return;
      case 'sweep':
        await sweep({ context, queues, job, token }, signal);
        return;
      case 'refresh':
        await refresh(job, token);
        return;
      default:
        await park(
          context,
          { job, token },
          `Cannot run job "${job.name}": it is no kind of job known here, expected tick, sweep or refresh`,
        );
    }
  };
}

/** Only enqueues: ticks may overlap and must never wait for the work they cause. */
async function tick({ context, queues, job, token }: SweepRun): Promise<void> {
  const payload = await readOrPark(context, { job, token }, () => parseJob('tick', job));
  await awaitRevision(context, { job, token }, payload);
  const { policy: name, reason } = payload;
  const { policies, revision } = context.policies();
  if (reason === 'revision' && revision !== payload.revision) {
    const told = { policy: name, wanted: payload.revision, current: revision };
    context.log.warn(told, 'policies here differ from those of the scheduler');
  }
  const policy = policies.find((one) => one.name === name);
  if (reason === 'schedule') context.onTick();
  if (!policy || policy.suspend) return;
  const correlationId = payload.correlationId ?? context.newId();
  const delayMs = reason === 'schedule' ? jitterMs(policy, context.random) : 0;
  const askedAt = context.now().toISOString();
  const wanted = { policy: name, reason, correlationId, revision, askedAt };
  await addJob(queues.sweep, sweepJob(wanted, context.settings.attempts, delayMs));
}

function jitterMs({ schedule }: Policy, random: () => number): number {
  return schedule.type === 'cron' ? 0 : Math.round(random() * JITTER * schedule.intervalMs);
}

interface SweepRun {
  readonly context: EngineContext;
  readonly queues: Queues;
  readonly job: QueueJob;
  readonly token: string;
}

async function sweep(run: SweepRun, signal: AbortSignal): Promise<void> {
  const { context, job, token } = run;
  const payload = await readOrPark(context, run, () => parseJob('sweep', job));
  await awaitRevision(context, run, payload);
  const policy = context.policies().policies.find(({ name }) => name === payload.policy);
  if (!policy || policy.suspend) {
    context.log.info({ policy: payload.policy }, 'sweep of a policy that is gone or suspended');
    return;
  }
  const told = { policy: policy.name, correlationId: payload.correlationId };
  const progress = { targets: 0, visits: 0 };
  const { reason, correlationId } = payload;
  try {
    const opened = await context.openSweep({ policy, reason, correlationId });
    await enqueueTargets(
      { ...run, policy, payload, progress, byAccount: new Map(), sweep: opened },
      signal,
    );
    await opened.completed();
    context.onSweep({ ...told, ...progress, error: null });
  } catch (error) {
    if (signal.aborted && context.isStopping()) await giveBack(job, token);
    const message = error instanceof Error ? error.message : String(error);
    context.onSweep({ ...told, ...progress, error: message });
    await fail(run, error);
  }
}

/** A throttled discovery waits as a failed attempt: pausing the queue would hold up the other accounts. */
async function fail({ context, job, token }: SweepRun, error: unknown): Promise<never> {
  const decision = decideError(error);
  if (decision.type === 'give-up') throw new UnrecoverableError(decision.error.message);
  if (decision.type === 'retry') throw decision.error;
  if (decision.type === 'again') {
    return await runLater(job, token, backoffMs(job.attemptsStarted, error, context.random));
  }
  throw error instanceof Error ? error : new Error('sweep failed');
}

interface Enqueuing extends SweepRun {
  readonly policy: Policy;
  readonly payload: SweepPayload;
  readonly sweep: Sweep;
  readonly progress: { targets: number; visits: number };
  /** Jobs of each account so far. */
  readonly byAccount: Map<string, number>;
}

async function enqueueTargets(run: Enqueuing, signal: AbortSignal): Promise<void> {
  const underWay: Promise<void>[] = [];
  try {
    const pages = run.sweep.discover(signal);
    for await (const chunk of inChunks(pages, run.context.backend.bulkSize)) {
      signal.throwIfAborted();
      if (underWay.length === HANDED_ON) await underWay.shift();
      underWay.push(handOn(run, chunk, signal));
      underWay.at(-1)?.catch(() => undefined);
    }
  } finally {
    // Nothing is still at work when the sweep has ended, however it ends. What the queue or the store failed at comes first:
    // it may be tried again, while an account that cannot be listed may not.
    await Promise.allSettled(underWay);
    await Promise.all(underWay);
  }
}

/** The same items, so many at a time; fewer only at the end. An error comes after all of them: it hides no other account. */
async function* inChunks<Item>(
  pages: AsyncIterable<readonly Item[]>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  const failures: unknown[] = [];
  let chunk: Item[] = [];
  for await (const page of untilFailure(pages, failures)) {
    for (const item of page) {
      chunk.push(item);
      if (chunk.length < size) continue;
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
  if (failures.length > 0) throw failures[0];
}

async function* untilFailure<Page>(
  pages: AsyncIterable<Page>,
  failures: unknown[],
): AsyncGenerator<Page> {
  try {
    yield* pages;
  } catch (error) {
    failures.push(error);
  }
}

async function handOn(
  run: Enqueuing,
  chunk: readonly Discovered[],
  signal: AbortSignal,
): Promise<void> {
  const { sweep: opened, progress } = run;
  const visits = await opened.screen(chunk, signal);
  await enqueueChunk(run, visits, signal);
  progress.targets += chunk.length;
  progress.visits += visits.length;
}

async function enqueueChunk(
  run: Enqueuing,
  chunk: readonly Discovered[],
  signal: AbortSignal,
): Promise<void> {
  const { context, queues, payload, policy, byAccount } = run;
  for (const [account, targets] of Map.groupBy(chunk, ({ target }) => target.account)) {
    if (!queues.has(account)) {
      throw new ReconcileError(
        'CONFIG_INVALID',
        `Cannot sweep policy "${policy.name}": account "${account}" is not configured, expected an account of the configuration`,
      );
    }
    const at = context.now().toISOString();
    const { reason, correlationId } = payload;
    // Not the sweep's: the policies may have changed since it was asked for.
    const { revision } = context.policies();
    const before = byAccount.get(account) ?? 0;
    byAccount.set(account, before + targets.length);
    const asked = { reason, correlationId, revision, observedAt: at, askedAt: at };
    const jobs = targets.map((found, index) =>
      reconcileJob({ ...asked, ...hintsOf(found) }, context.settings.attempts, before + index),
    );
    const portion = Math.min(context.backend.bulkSize, ADDED);
    await addJobs(queues.reconcile(account), portion, jobs, signal);
  }
}

/** What of a discovery is worth carrying on; tags are read again by the pass. */
function hintsOf({ target, attributes, isPartial, fingerprint = null }: Discovered) {
  return {
    target,
    attributes: { ...attributes },
    ...(isPartial === true ? { isPartial } : {}),
    ...(fingerprint === null ? {} : { fingerprint }),
  };
}
