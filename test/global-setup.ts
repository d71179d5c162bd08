import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { CACHE_VARIABLE } from './support/compile-cache.ts';
import { prepareTools } from './support/debian.ts';
import { preparePostgres } from './support/postgres.ts';
import { preparePromtool } from './support/promtool.ts';
import { shareRedis } from './support/redis-shared.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Redis of this run, shared by all files: use keys of your own, never FLUSHALL. */
    redisUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  prepareTools();
  preparePostgres();
  const removePromtool = preparePromtool();
  const cache = await mkdtemp(join(tmpdir(), 'tagwarden-cache-'));
  process.env[CACHE_VARIABLE] = cache;
  const redis = await shareRedis();
  project.provide('redisUrl', redis.url);
  return async () => {
    await redis.stop();
    removePromtool();
    await rm(cache, { recursive: true, force: true });
  };
}
