import { describe, expect, test } from 'vitest';
import { createRestWatch, youngGrowth } from '../../src/cli/small-heap.ts';

const BUSY = 0.5;
const IDLE = 0.01;

describe('createRestWatch()', () => {
  test('createRestWatch() collects once when work has ended', () => {
    const look = createRestWatch();

    const due = [BUSY, IDLE, IDLE, BUSY, BUSY, IDLE].map((share) => look(share));

    expect(due).toEqual([null, 'quick', null, null, null, 'quick']);
  });

  test('createRestWatch() collects thoroughly every minute where there is never any work', () => {
    const look = createRestWatch();

    const due = Array.from({ length: 40 }, () => look(IDLE));

    expect(due.flatMap((one, at) => (one === 'thorough' ? [at] : []))).toEqual([12, 25, 38]);
  });

  test('createRestWatch() leaves work alone, however long it lasts', () => {
    const look = createRestWatch();

    const during = Array.from({ length: 300 }, () => look(BUSY));
    const after = [look(IDLE), look(IDLE)];

    expect(new Set(during)).toEqual(new Set([null]));
    expect(after).toEqual(['thorough', null]);
  });
});

describe('youngGrowth()', () => {
  test.each([
    [0, 2],
    [1_048_512, 2],
    [4 * 1024 * 1024 - 64, 2],
    [8 * 1024 * 1024 - 64, 1],
    [64 * 1024 * 1024, 1],
  ])('youngGrowth() doubles until a half has 8 MB, then no more: %i bytes', (capacity, factor) => {
    expect(youngGrowth(capacity)).toBe(factor);
  });
});
