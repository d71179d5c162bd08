import { repeatEvery } from '../queue/timer.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';

const HOUR_MS = 3_600_000;
/** What the store remembers at most. */
const LONGEST_MS = 90 * 24 * HOUR_MS;
const MAX_RUNS = 100_000;

/** Bounds what the store keeps, now and then. Several processes may do it at once. */
export function keepTidy(
  store: Pick<Store, 'prune'>,
  { now, log }: { readonly now: () => Date; readonly log: Log },
): () => void {
  const prune = async (): Promise<void> => {
    await store.prune({ before: new Date(now().getTime() - LONGEST_MS), maxRuns: MAX_RUNS });
  };
  const fail = (error: unknown): void => log.warn({ error: String(error) }, 'store was not pruned');
  // At once as well: a process that is replaced every hour would never get to it.
  void prune().catch(fail);
  return repeatEvery(HOUR_MS, prune, fail);
}
