import { expect, test } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { drawSchedule } from './schedule.ts';

const OPTIONS = {
  types: ['kill', 'freeze', 'redis-down', 'flush'],
  everyMs: 1_000,
  times: 50,
  workers: 3,
} as const;

test('drawSchedule() draws the same disturbances from the same seed, others from another', () => {
  const one = drawSchedule(createRandom(7), OPTIONS);

  expect(drawSchedule(createRandom(7), OPTIONS)).toEqual(one);
  expect(drawSchedule(createRandom(8), OPTIONS)).not.toEqual(one);
});

test('drawSchedule() keeps the order of time and the beat, and hits every worker', () => {
  const schedule = drawSchedule(createRandom(1), OPTIONS);

  const times = schedule.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.every((at, index) => Math.abs(at - (index + 1) * 1_000) <= 250)).toBe(true);
  const hit = schedule.flatMap((one) => ('worker' in one ? [one.worker] : []));
  expect(new Set(hit)).toEqual(new Set([0, 1, 2]));
  expect(new Set(schedule.map(({ type }) => type))).toEqual(new Set(OPTIONS.types));
});
