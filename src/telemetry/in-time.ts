import { setTimeout as sleep } from 'node:timers/promises';

/** Under the 10 s a Prometheus server waits by default. */
const TIMEOUT_MS = 2_000;

/** Null: the read failed or kept silent, which must not take the other metrics with it. */
export async function readInTime<T>(read: () => Promise<T>): Promise<T | null> {
  const deadline = new AbortController();
  const late = sleep(TIMEOUT_MS, null, { signal: deadline.signal }).catch(() => null);
  try {
    return await Promise.race([read(), late]);
  } catch {
    return null;
  } finally {
    deadline.abort();
  }
}
