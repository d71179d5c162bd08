import type { Redis } from 'ioredis';
import { parseInfo, readEviction } from './redis-check.ts';

/** How the Redis of a queue is, as one look found it. */
export interface RedisState {
  readonly isUp: boolean;
  /** Times a connection was lost and made again. */
  readonly reconnects: number;
  /** False: it may evict jobs. Null: it would not say. */
  readonly neverEvicts: boolean | null;
}

/** Counts reconnections from now on; the look it gives asks Redis each time. */
export function probeRedis(asked: Redis, connections: readonly Redis[]): () => Promise<RedisState> {
  const counter = { reconnects: 0 };
  for (const connection of connections) {
    connection.on('reconnecting', () => {
      counter.reconnects += 1;
    });
  }
  return async () => {
    try {
      const policy =
        (await readEviction(asked)) ??
        parseInfo(await asked.info('memory')).get('maxmemory_policy') ??
        null;
      const neverEvicts = policy === null ? null : policy === 'noeviction';
      return { isUp: true, reconnects: counter.reconnects, neverEvicts };
    } catch {
      return { isUp: false, reconnects: counter.reconnects, neverEvicts: null };
    }
  };
}
