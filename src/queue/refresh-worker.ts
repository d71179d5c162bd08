import { ReconcileError } from '../model/errors.ts';
import { runLater } from './attempt.ts';
import type { EngineContext } from './engine-options.ts';
import { parseJob } from './jobs.ts';
import { readOrPark } from './park.ts';
import type { QueueJob } from './port.ts';

/** Asked for the same thing again within this time, the source is left in peace until it is over. */
const SAME_AGAIN_MS = 5_000;
/** Who does not say which commit to expect may ask for the same one any number of times. */
const UNNAMED_AGAIN_MS = 10_000;
/** A source that cannot be reached is asked again after this, then after twice as long, and so on. */
const UNREACHABLE_AGAIN_MS = 2_000;
const LONGEST_AGAIN_MS = 60_000;
/** Commits that were asked for lately; more are forgotten, which costs a second look. */
const REMEMBERED = 100;

/** One attempt at one `refresh` job. */
export type RefreshProcessor = (job: QueueJob, token: string) => Promise<void>;

/**
 * Has the policy source looked at again, and the schedulers follow what it holds then, whatever the role of this
 * process. Looks for one commit are kept apart in time; one that falls into the gap is made when that is over.
 */
export function createRefreshProcessor(
  context: Pick<EngineContext, 'refreshPolicies' | 'now' | 'log' | 'onEvent'>,
  follow: (correlationId: string) => Promise<void>,
): RefreshProcessor {
  const lookedAt = new Map<string, number>();
  return async (job, token) => {
    const read = () => parseJob('refresh', job);
    const { commit, correlationId } = await readOrPark(context, { job, token }, read);
    const key = commit ?? '';
    const gapMs = commit === null ? UNNAMED_AGAIN_MS : SAME_AGAIN_MS;
    const waitMs =
      (lookedAt.get(key) ?? Number.NEGATIVE_INFINITY) + gapMs - context.now().getTime();
    if (waitMs > 0) await runLater(job, token, Math.min(waitMs, gapMs));
    lookedAt.delete(key);
    lookedAt.set(key, context.now().getTime());
    for (const oldest of [...lookedAt.keys()].slice(0, -REMEMBERED)) lookedAt.delete(oldest);
    const isNewest = await context.refreshPolicies({ commit }).catch(async (error: unknown) => {
      if (!isUnreachable(error)) throw error;
      // The look did not happen, so the next one need not wait for the gap.
      lookedAt.delete(key);
      const againMs = Math.min(
        UNREACHABLE_AGAIN_MS * 2 ** (job.attemptsStarted - 1),
        LONGEST_AGAIN_MS,
      );
      const unread = { correlation_id: correlationId, commit, again_in_ms: againMs };
      context.log.warn(unread, 'policy source cannot be reached');
      return await runLater(job, token, againMs);
    });
    const told = { correlation_id: correlationId, commit, is_newest: isNewest };
    context.log.info(told, 'policy source looked at');
    // Also when this process knew them before: with split roles nobody else may have told the schedulers.
    if (isNewest) await follow(correlationId);
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ReconcileError && error.code === 'POLICY_UNREACHABLE';
}
