import { repeatEvery } from '../queue/timer.ts';
import type { Store } from '../store/store.ts';

/** Sooner than a lock ends: whoever takes over a target of a process that lives is soon put right. */
const HEARTBEAT_MS = 2_000;

/** Tells the store now and then that this process lives. When it cannot, the next time will do. */
export function keepHeard(store: Pick<Store, 'heard'>, process: string): () => void {
  return repeatEvery(
    HEARTBEAT_MS,
    async () => await store.heard(process),
    () => {},
  );
}
