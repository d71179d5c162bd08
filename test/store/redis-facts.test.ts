import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_FACTS } from '../../src/store/limits.ts';
import { createRedisFacts } from '../../src/store/redis-facts.ts';
import { createContext } from '../../src/store/redis-script.ts';
import { startRedis } from '../support/redis.ts';

const CHUNK = 10_000;

test('createRedisFacts() keeps so many facts and forgets those asked for longest ago', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  const facts = createRedisFacts(createContext(redis, '{tags}'));
  const start = Date.now() - MAX_FACTS;
  for (let at = 0; at < MAX_FACTS; at += CHUNK) {
    const places = Array.from({ length: CHUNK }, (_none, index) => at + index);
    await redis.zadd(
      '{tags}:store:facts:used',
      ...places.flatMap((one) => [start + one, `${one}`]),
    );
    await redis.hset('{tags}:store:facts', ...places.flatMap((one) => [`${one}`, 'fact']));
  }

  await facts.putFacts([
    {
      digest: 'new',
      mediaType: 'text/plain',
      createdAt: null,
      platforms: null,
      artifactType: null,
      subject: null,
      children: null,
    },
  ]);

  expect(await redis.zcard('{tags}:store:facts:used')).toBe(MAX_FACTS);
  expect(await redis.hlen('{tags}:store:facts')).toBe(MAX_FACTS);
  expect(await redis.hget('{tags}:store:facts', '0')).toBeNull();
  expect((await facts.getFacts(['new'])).size).toBe(1);
});
