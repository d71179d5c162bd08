import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exponentOf, median, quantile, shown } from '../../bench/support/figures.ts';

describe('exponentOf()', () => {
  test('exponentOf() finds the exponent of a power', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (exponent, factor) => {
          const points = [100, 400, 1_600].map((size) => ({
            size,
            cost: factor * size ** exponent,
          }));

          expect(exponentOf(points)).toBeCloseTo(exponent, 6);
        },
      ),
    );
  });

  test('exponentOf() is 0 for what costs the same at every size', () => {
    const points = [1, 4, 16].map((size) => ({ size, cost: 7 }));

    expect(exponentOf(points)).toBeCloseTo(0, 9);
  });
});

test.each([
  { values: [3, 1, 2], expected: 2 },
  { values: [5], expected: 5 },
  { values: [4, 1, 3, 2], expected: 3 },
  { values: [], expected: 0 },
])('median() of $values is $expected', ({ values, expected }) => {
  expect(median(values)).toBe(expected);
});

test('quantile() gives the largest for the whole', () => {
  expect(quantile([10, 30, 20], 1)).toBe(30);
});

test.each([
  [0.123, '0.12'],
  [12.34, '12.3'],
  [1_234.5, '1,235'],
  [-0.5, '-0.50'],
])('shown() writes %d as "%s"', (value, expected) => {
  expect(shown(value)).toBe(expected);
});
