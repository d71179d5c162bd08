import type { TestProject } from 'vitest/node';
import { preparePostgres } from './support/postgres.ts';
import { shareRedis } from './support/redis-shared.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Redis of this run, shared by all files: use keys of your own, never FLUSHALL. */
    redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  preparePostgres();
  const redis = await shareRedis();
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
  };
}
