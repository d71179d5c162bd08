import { describe, expect, test } from 'vitest';
import { createRestWatch } from '../../src/cli/small-heap.ts';

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
