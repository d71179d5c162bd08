import { expect, test } from 'vitest';
import { aResourcePolicy } from '../support/policies.ts';
import { sweepBench } from './sweep-bench.ts';

const openBench = sweepBench();
const IMAGES = {
  images: [{ id: '67e17426-359e-49fb-aa12-0bd1756ec240', name: 'golden', tags: {} }],
};

test('createSweeps() takes room while targets are met, and gives it back however that ends', async () => {
  const swept = await openBench(IMAGES, aResourcePolicy({}));
  const rooms: number[] = [];
  let taken = 0;
  swept.roomForSweep = () => {
    taken += 1;
    rooms.push(taken);
    return { [Symbol.dispose]: () => void (taken -= 1) };
  };

  await swept.sweep();
  const whole = taken;
  swept.simulator.faults.add({ kind: 'html', times: 100 });
  const broken = await swept.sweep().catch((error: unknown) => error);

  expect(rooms).toEqual([1, 1]);
  expect(whole).toBe(0);
  expect(broken).toBeInstanceOf(Error);
  expect(taken).toBe(0);
});
