import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration, renderDuration } from '../../src/policy/duration.ts';
import { TextError } from '../../src/policy/text-error.ts';

describe('parseDuration()', () => {
  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['36h', 129_600_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['3650d', 315_360_000_000],
  ])('parseDuration() reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '15', 'm', '15min', '-5m', '1.5h', '15 m', '15M', ' 15m', '1h30m'])(
    'parseDuration() refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(TextError);
    },
  );

  test('parseDuration() refuses more than ten years, so that no sum overflows', () => {
    expect(() => parseDuration('3651d')).toThrow('expected at most 3650d');
  });
});

describe('renderDuration()', () => {
  test.each([
    [0, '0s'],
    [1, '1s'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [5_400_000, '90m'],
    [172_800_000, '2d'],
  ])('renderDuration() writes %i ms as %s', (ms, text) => {
    expect(renderDuration(ms)).toBe(text);
  });

  test('renderDuration() writes what parseDuration() reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 315_360_000 }), (seconds) => {
        expect(parseDuration(renderDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });
});
