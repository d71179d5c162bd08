import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_DELIVERIES } from '../../src/store/limits.ts';
import { createRedisDeliveries } from '../../src/store/redis-deliveries.ts';
import { createContext } from '../../src/store/redis-script.ts';
import { startRedis } from '../support/redis.ts';
import { noon } from './samples.ts';

const CHUNK = 10_000;

test('createRedisDeliveries() knows so many deliveries at a time and forgets those that end first', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  const deliveries = createRedisDeliveries(createContext(redis, '{tags}'));
  const sets = ['deliveries', 'deliveries:pending'].map((name) => `{tags}:store:${name}`);
  for (const set of sets) {
    for (let at = 0; at < MAX_DELIVERIES; at += CHUNK) {
      const members = Array.from({ length: CHUNK }, (_, index) => {
        const place = at + index;
        return [noon(1_000 + place).getTime(), `old:${place}`] as const;
      });
      await redis.zadd(set, ...members.flat());
    }
  }

  const claimed = await deliveries.claimDelivery('new:1', noon());
  await deliveries.keepDelivery('new:2', noon());

  expect(claimed).toBe('new');
  const sizes = await Promise.all(sets.map(async (set) => await redis.zcard(set)));
  expect(sizes).toEqual([MAX_DELIVERIES, MAX_DELIVERIES]);
  expect(await deliveries.claimDelivery('new:2', noon())).toBe('known');
  expect(await deliveries.claimDelivery('old:1', noon())).toBe('known');
  expect(await redis.zscore(sets[0] ?? '', 'old:0')).toBeNull();
});
