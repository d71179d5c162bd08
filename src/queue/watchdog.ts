import { type Target, targetKey } from '../model/target.ts';
import type { EngineContext } from './engine-options.ts';
import { type NewJob, reconcileJob } from './jobs.ts';
import type { JobQueue } from './port.ts';
import { addJobs, type Queues } from './queues.ts';
import { repeatEvery } from './timer.ts';

/** Asks now and then which targets were forgotten; idle without the scheduler role. */
export interface Watchdog {
  start(): void;
  stop(): void;
}

/** How many overdue targets are asked for at once. */
const PORTION = 1_000;

/** The second way to a pass: it does not rest on what the queue holds, so it also mends a chain of ticks that broke. */
export function createWatchdog(context: EngineContext, queues: Queues): Watchdog {
  let stop = () => {};
  return {
    start() {
      if (!context.roles.has('scheduler')) return;
      stop = repeatEvery(
        context.settings.watchdogMs,
        async () => await enqueueOverdue(context, queues),
        (error) => {
          context.log.warn({ error: String(error) }, 'overdue targets were not enqueued');
        },
      );
    },
    stop: () => stop(),
  };
}

/** Each target is told to one process only, and again when nothing comes of it, so a failure here is lateness. */
async function enqueueOverdue(context: EngineContext, queues: Queues): Promise<void> {
  const correlationId = context.newId();
  let count = 0;
  try {
    for (;;) {
      const targets = context.isStopping() ? [] : await context.overdue(PORTION);
      // An account that is not configured any more has nobody who could look.
      const known = targets.filter(({ account }) => queues.has(account));
      for (const [account, ofAccount] of Map.groupBy(known, (target) => target.account)) {
        await enqueue(context, queues.reconcile(account), ofAccount, correlationId);
        count += ofAccount.length;
      }
      if (targets.length < PORTION) return;
    }
  } finally {
    if (count > 0) context.log.warn({ targets: count }, 'overdue targets are enqueued again');
  }
}

async function enqueue(
  context: EngineContext,
  queue: JobQueue,
  targets: readonly Target[],
  correlationId: string,
): Promise<void> {
  const jobs = targets.map((target) => passOver(context, target, correlationId));
  await addJobs(queue, context.backend.bulkSize, jobs);
  for (const target of targets) {
    context.onEvent({ type: 'overdue', queue: queue.name, jobId: targetKey(target) });
  }
}

function passOver(
  { policies, settings }: EngineContext,
  target: Target,
  correlationId: string,
): NewJob {
  const { revision } = policies();
  const asked = { reason: 'watchdog', correlationId, revision } as const;
  return reconcileJob({ ...asked, target, attributes: null, observedAt: null }, settings.attempts);
}
