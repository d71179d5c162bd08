import type { EngineContext } from './engine-options.ts';
import type { Queues } from './queues.ts';
import { restoreSchedulers, syncSchedulers } from './scheduler.ts';
import { repeatEvery } from './timer.ts';

/** Keeps BullMQ's schedulers in step with the policies of this process; idle without the scheduler role. */
export interface Schedules {
  start(): Promise<void>;
  refresh(): Promise<void>;
  /**
   * The same in any role: what a process found at the head of the source, the others are to follow. `correlationId`:
   * what joins the sweeps with whoever asked for the look.
   */
  follow(correlationId?: string): Promise<void>;
  stop(): void;
}

/**
 * A process rewrites schedulers when its own policies changed, or when it could not do so before. Otherwise it only puts
 * back those that are missing, as after a loss of Redis: processes that read a change some seconds apart would undo each
 * other's writes, at the price of a sweep each time.
 */
export function createSchedules(context: EngineContext, queues: Queues): Schedules {
  const { log, policies, settings } = context;
  let followed: string | null = null;
  let last: Promise<void> = Promise.resolve();
  let stop = () => {};
  const compare = async (correlationId: string | null) => {
    if (context.isStopping()) return;
    const set = policies();
    if (followed === set.revision) {
      await restoreSchedulers(queues.sweep, set, log);
    } else if (await syncSchedulers(queues.sweep, set, log, correlationId)) {
      followed = set.revision;
    }
    if (context.roles.has('scheduler')) context.onSynced(followed === set.revision);
  };
  const follow = async (correlationId: string | null = null) => {
    // One after the other: two at once would both see what the first has yet to write.
    const round = async () => await compare(correlationId);
    last = last.then(round, round);
    await last;
  };
  const refresh = async () => {
    // Read in every role: jobs that were made for the policies before these need not wait for them.
    policies();
    if (context.roles.has('scheduler')) await follow();
  };
  return {
    refresh,
    follow,
    async start() {
      if (!context.roles.has('scheduler')) return;
      await refresh();
      stop = repeatEvery(settings.resyncSchedulersMs, refresh, (error) => {
        context.onSynced(false);
        log.warn({ error: String(error) }, 'schedulers were not compared');
      });
    },
    stop() {
      stop();
      context.onSynced(false);
    },
  };
}
