import { runLater } from './attempt.ts';
import type { EngineContext } from './engine-options.ts';
import { parseJob } from './jobs.ts';
import type { QueueJob } from './port.ts';

/** Asked for the same thing again within this time, the source is left in peace until it is over. */
const SAME_AGAIN_MS = 5_000;
/** Who does not say which commit to expect may ask for the same one any number of times. */
const UNNAMED_AGAIN_MS = 10_000;
/** Commits that were asked for lately; more are forgotten, which costs a second look. */
const REMEMBERED = 100;

/** One attempt at one `refresh` job. */
export type RefreshProcessor = (job: QueueJob, token: string) => Promise<void>;

/**
 * Has the policy source looked at again, and the schedulers follow what it holds then, whatever the role of this
 * process. Looks for one commit are kept apart in time; one that falls into the gap is made when that is over.
 */
export function createRefreshProcessor(
  context: Pick<EngineContext, 'refreshPolicies' | 'now' | 'log'>,
  follow: () => Promise<void>,
): RefreshProcessor {
  const lookedAt = new Map<string, number>();
  return async (job, token) => {
    const { commit, correlationId } = parseJob('refresh', job);
    const key = commit ?? '';
    const gapMs = commit === null ? UNNAMED_AGAIN_MS : SAME_AGAIN_MS;
    const waitMs =
      (lookedAt.get(key) ?? Number.NEGATIVE_INFINITY) + gapMs - context.now().getTime();
    if (waitMs > 0) await runLater(job, token, Math.min(waitMs, gapMs));
    lookedAt.delete(key);
    lookedAt.set(key, context.now().getTime());
    for (const oldest of [...lookedAt.keys()].slice(0, -REMEMBERED)) lookedAt.delete(oldest);
    const isNewest = await context.refreshPolicies({ commit });
    const told = { correlation_id: correlationId, commit, is_newest: isNewest };
    context.log.info(told, 'policy source looked at');
    // Also when this process knew them before: with split roles nobody else may have told the schedulers.
    if (isNewest) await follow();
  };
}
