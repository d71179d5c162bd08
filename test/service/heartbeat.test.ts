import { describe, expect, onTestFinished, test } from 'vitest';
import { keepHeard } from '../../src/service/heartbeat.ts';
import { eventually, imageId, outOfPlace } from '../support/fleet.ts';
import { serviceFleet } from './service-fleet.ts';

test('keepHeard() gives a sign of life every two seconds, whether or not the last one arrived', async () => {
  const heard: { process: string; at: number }[] = [];
  const store = {
    async heard(process: string): Promise<void> {
      heard.push({ process, at: performance.now() });
      if (heard.length === 1) throw new Error('down');
    },
  };

  onTestFinished(keepHeard(store, 'here'));
  await eventually(
    () => heard.length >= 2,
    10_000,
    () => `${heard.length} signs of life`,
  );

  const [first, second] = heard;
  expect([first?.process, second?.process]).toEqual(['here', 'here']);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(1_500);
});

describe('startService() beside a process that took one of its targets for crashed', () => {
  const size = { images: 2, repositories: 0 };
  const fleet = serviceFleet({ size, interval: '1h' });

  test('startService() with a worker clears itself, and goes by one name in all its passes', async () => {
    const { simulator, store, start } = fleet();
    const target = { account: 'ims-north', path: imageId(0) };
    const sibling = { account: 'ims-north', path: imageId(1) };
    await start();
    await eventually(
      () => outOfPlace(simulator, size).length === 0,
      10_000,
      () => 'the targets are not in place',
    );

    const accused = [target, sibling].map(async (one) => {
      return await store.begin(one, { crash: 'told', process: 'other' }, new Date());
    });
    const facts = await Promise.all(accused);
    const clearedMs = await eventually(
      async () => {
        const start = { crash: null, process: 'other' };
        return (await store.begin(target, start, new Date())).crashes === 0;
      },
      10_000,
      () => 'the crash still counts',
    );

    expect(facts.map(({ crashes, deaths }) => [crashes, deaths])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(clearedMs).toBeLessThan(5_000);
  });
});
