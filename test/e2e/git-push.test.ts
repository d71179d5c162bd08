import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followed, startPushBench } from '../support/push-bench.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

/** The promise is 2 s; other tests run on the same cores. `bench/push-to-apply.ts` measures it. */
const APPLIED_MS = 10_000;

describe('tagwarden run with policies in git', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => await redis.stop());

  test('applies each of three pushes at once when the hook of the git server tells of it', async () => {
    await using bench = await startPushBench({ redisUrl: `${redis.url}/0`, interval: '1h' });
    const { service, simulator } = bench;

    for (const value of ['one', 'two', 'three']) {
      const commit = await bench.push(value);
      expect(await bench.applied(value)).toBeLessThan(APPLIED_MS);
      await followed(bench, commit);
    }

    const writes = simulator.journal.executed().filter(({ key }) => key === 'wanted');
    const accepted = service.lines.filter((line) => line.includes('delivery accepted'));
    expect(accepted).toHaveLength(3);
    expect(accepted.join()).toContain('"provider":"gitea-push"');
    expect(writes).toHaveLength(4);
    expect(service.errors).toEqual([]);
  }, 60_000);

  test('finds a push within one interval when the hook is dropped', async () => {
    await using bench = await startPushBench({ redisUrl: `${redis.url}/1`, interval: '3s' });
    await bench.dropHook();

    const commit = await bench.push('unheard');
    const foundMs = await followed(bench, commit);
    await bench.applied('unheard');

    // An interval and its jitter, and the time the look itself takes.
    expect(foundMs).toBeLessThan(3_300 + 2_000);
    expect(bench.service.lines.some((line) => line.includes('delivery accepted'))).toBe(false);
  }, 60_000);
});
