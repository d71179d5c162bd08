import { expect, test } from 'vitest';
import { createRate } from '../../../src/server/api/rate.ts';

const at = (ms: number): Date => new Date(1_000_000 + ms);

test('createRate() allows the burst, then the rate, and says how long to wait', () => {
  const rate = createRate({ perSecond: 2, burst: 3 });

  const burst = [0, 0, 0, 0].map((ms) => rate.take('a', at(ms)));

  expect(burst).toEqual([0, 0, 0, 1]);
  expect(rate.take('a', at(499))).toBe(1);
  expect(rate.take('a', at(500))).toBe(0);
  expect(rate.take('b', at(500))).toBe(0);
});

test('createRate() is not deceived by a clock that goes back', () => {
  const rate = createRate({ perSecond: 1, burst: 1 });
  rate.take('a', at(5_000));

  expect(rate.take('a', at(0))).toBe(1);
});

test('createRate() forgets who asked longest ago, not who asks all the time', () => {
  const rate = createRate({ perSecond: 0.001, burst: 1 });
  rate.take('early', at(0));
  rate.take('busy', at(0));

  for (let caller = 0; caller < 1_023; caller += 1) {
    rate.take(`other-${caller}`, at(0));
    rate.take('busy', at(0));
  }

  expect(rate.take('busy', at(0))).toBeGreaterThan(0);
  expect(rate.take('early', at(0))).toBe(0);
});
