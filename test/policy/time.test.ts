import { describe, expect, test } from 'vitest';
import { parseTime } from '../../src/policy/time.ts';

describe('parseTime()', () => {
  test.each([
    ['2026-12-31', '2026-12-31T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-12-31T18:05Z', '2026-12-31T18:05:00.000Z'],
    ['2026-12-31T18:05:07Z', '2026-12-31T18:05:07.000Z'],
    ['2026-12-31T18:05:07.25Z', '2026-12-31T18:05:07.250Z'],
  ])('parseTime() reads %s as UTC', (text, expected) => {
    expect(parseTime(text).toISOString()).toBe(expected);
  });

  test.each([
    ['', 'it is not a UTC time'],
    ['2026-12', 'it is not a UTC time'],
    ['31.12.2026', 'it is not a UTC time'],
    ['2026-12-31T18:00:00', 'it is not a UTC time'],
    ['2026-12-31T18:00:00+08:00', 'it is not a UTC time'],
    ['2026-02-30', 'there is no such day or hour'],
    ['2026-13-01', 'there is no such day or hour'],
    ['2026-12-31T24:00Z', 'there is no such day or hour'],
    ['2026-12-31T25:00Z', 'there is no such day or hour'],
  ])('parseTime() refuses %j: %s', (text, problem) => {
    expect(() => parseTime(text)).toThrow(problem);
  });
});
