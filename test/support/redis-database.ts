import { Redis } from 'ioredis';

/**
 * Empties a database of the shared Redis that no other test file uses now; resolves with its URL. Files run side by side, each in
 * a slot of its own (1 to `maxWorkers`), which numbers the database; so a file has one, and calls empty the same one again.
 */
export async function emptyDatabase(redisUrl: string): Promise<string> {
  const slot = Number(process.env['VITEST_POOL_ID']);
  if (!Number.isInteger(slot)) throw new Error('VITEST_POOL_ID is not set: run this under vitest');
  const url = new URL(redisUrl);
  url.pathname = `/${slot}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  await redis.quit();
  return url.href;
}
