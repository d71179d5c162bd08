import { Redis } from 'ioredis';

/** Empties one numbered database of a Redis; resolves with its URL. Each test file takes a number of its own. */
export async function emptyDatabase(redisUrl: string, number: number): Promise<string> {
  const url = new URL(redisUrl);
  url.pathname = `/${number}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  await redis.quit();
  return url.href;
}
