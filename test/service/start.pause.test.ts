import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually, outOfPlace } from '../support/fleet.ts';
import { aPause } from './service-bench.ts';
import { serviceFleet } from './service-fleet.ts';

const SIZE = { images: 20, repositories: 0 };
/** The burst is for the reads, so that every target soon has a write in hand, which waits for the rate. */
const LIMITS = { requestsPerSecond: 2, burst: 44, concurrency: SIZE.images };
/** Longer than the queue of writes at the rate. */
const WATCHED_MS = 12_000;

describe('startService() under a pause with writes that wait for their turn', () => {
  const fleet = serviceFleet({ size: SIZE, interval: '30m', limits: LIMITS });

  test('startService() lets no write arrive later than 2 s after the pause, though one of each target waits in the limiter', async () => {
    const { simulator, store, start } = fleet();
    await start();
    const runs = async () => (await store.runs({ target: null, after: null, limit: 100 })).items;
    await eventually(
      async () => (await runs()).length === SIZE.images,
      30_000,
      () => 'not every target has a write in hand',
    );

    await store.pause(aPause({ type: 'all' }));
    const pausedAt = Date.now();
    await sleep(WATCHED_MS);
    const writes = simulator.journal.entries.map(({ at }) => at - pausedAt);
    const late = writes.filter((atMs) => atMs > 2_000);
    const outcomes = (await runs()).flatMap(({ operations }) =>
      operations.map(({ outcome }) => outcome?.status ?? 'open'),
    );
    const skipped = outcomes.filter((status) => status === 'skipped').length;

    console.log(
      `pause at 2 requests/s: last write ${Math.max(0, ...writes)} ms after it, ${skipped} intents skipped`,
    );
    expect(late).toEqual([]);
    expect(outOfPlace(simulator, SIZE).length).toBeGreaterThan(SIZE.images / 2);
    // Every intent that was written down for a write that was not sent is settled.
    expect(outcomes.filter((status) => status === 'open')).toEqual([]);
    expect(outcomes.filter((status) => status === 'applied')).toHaveLength(writes.length);
    expect(skipped).toBeGreaterThan(SIZE.images / 2);
  }, 90_000);
});
