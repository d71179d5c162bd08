import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { eventually, imageId, outOfPlace } from '../support/fleet.ts';
import { aPause } from './service-bench.ts';
import { serviceFleet } from './service-fleet.ts';

const SIZE = { images: 4, repositories: 1 };

describe('startService() with a sweep every hour', () => {
  const fleet = serviceFleet({ size: SIZE, interval: '1h' });

  test('startService() makes the passes asked for right after a resume, and does not hold them once more', async () => {
    const { simulator, store, start } = fleet();
    const { service } = await start();
    await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      20_000,
      () => outOfPlace(simulator, SIZE).join(),
    );
    await store.pause(aPause({ type: 'all' }));
    await sleep(2_000);
    simulator.world.setImageTag(imageId(1), 'stage', 'drifted');

    await store.resume({ type: 'all' });
    await service.trigger({ account: 'ims-north', path: imageId(1) });

    const healedMs = await eventually(
      () => outOfPlace(simulator, SIZE).length === 0,
      5_000,
      () => 'the pass was held by a pause that had ended',
    );
    expect(healedMs).toBeLessThan(5_000);
  }, 60_000);
});
