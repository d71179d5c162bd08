import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { startRedis } from '../support/redis.ts';
import { SILENT } from './support.ts';

test('probeRedis() tells outages, reconnections and an eviction policy that was changed under way', async () => {
  const redis = await startRedis();
  const backend = await openBackend(redis.url, { log: SILENT });
  const look = async () => await backend.probe?.();
  try {
    const well = await look();
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const unsafe = await look();
    admin.disconnect();
    await redis.kill();
    const down = await look();
    await redis.start();
    await expect.poll(async () => (await look())?.isUp, { timeout: 10_000 }).toBe(true);

    expect(well).toEqual({ isUp: true, reconnects: 0, neverEvicts: true });
    expect(unsafe).toMatchObject({ isUp: true, neverEvicts: false });
    expect(down).toMatchObject({ isUp: false, neverEvicts: null });
    expect((await look())?.reconnects).toBeGreaterThan(0);
  } finally {
    await backend.close();
    await redis.stop();
  }
}, 30_000);
