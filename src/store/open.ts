import type { Redis } from 'ioredis';
import { createRedisStore } from './redis.ts';
import { createSqlStore, type Sql } from './sql.ts';
import { migrateStore } from './sql-migrate.ts';
import type { Store } from './store.ts';

/** Where a queue keeps its jobs, lent to the store. */
export type Storage =
  | { readonly type: 'redis'; readonly redis: Redis; readonly prefix: string }
  | ({ readonly type: 'sql' } & Sql);

/** The store beside the queue, its tables made when there are none. Throws QUEUE_UNAVAILABLE. */
export async function openStore(storage: Storage): Promise<Store> {
  switch (storage.type) {
    case 'redis':
      return createRedisStore(storage);
    case 'sql':
      await migrateStore(storage);
      return createSqlStore(storage);
  }
}
