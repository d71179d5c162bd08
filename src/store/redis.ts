import type { Redis } from 'ioredis';
import { createRedisConfirm } from './redis-confirm.ts';
import { createRedisCrashes } from './redis-crashes.ts';
import { createRedisDeliveries } from './redis-deliveries.ts';
import { createRedisFacts } from './redis-facts.ts';
import { createRedisFinish } from './redis-finish.ts';
import { createRedisFleet } from './redis-fleet.ts';
import { createRedisRuns } from './redis-runs.ts';
import { createContext } from './redis-script.ts';
import { createRedisStandings } from './redis-standings.ts';
import { createRedisTargets } from './redis-targets.ts';
import type { Store } from './store.ts';

export interface RedisStoreOptions {
  /** Stays open; whoever made it closes it. */
  readonly redis: Redis;
  /** A hash tag such as `{tags}`, so that all keys are in one slot of a cluster. */
  readonly prefix: string;
}

/** The store on Redis 6.2 or later, under `prefix:store:`. Every call but prune() is one round trip. */
export function createRedisStore({ redis, prefix }: RedisStoreOptions): Store {
  const context = createContext(redis, prefix);
  return {
    ...createRedisTargets(context),
    ...createRedisConfirm(context),
    ...createRedisStandings(context),
    ...createRedisFinish(context),
    ...createRedisCrashes(context),
    ...createRedisRuns(context),
    ...createRedisFleet(context),
    ...createRedisDeliveries(context),
    ...createRedisFacts(context),
  };
}
