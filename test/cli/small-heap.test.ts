import { describe, expect, test } from 'vitest';
import { createRestWatch } from '../../src/cli/small-heap.ts';

const MINUTE_MS = 60_000;
const BUSY = 0.5;
const IDLE = 0.01;

describe('createRestWatch()', () => {
  test('createRestWatch() collects once when work has ended', () => {
    const look = createRestWatch(0);

    const due = [BUSY, IDLE, IDLE, BUSY, BUSY, IDLE].map((share, at) => look(share, at * 5_000));

    expect(due).toEqual([null, 'quick', null, null, null, 'quick']);
  });

  test('createRestWatch() collects thoroughly every minute where there is never any work', () => {
    const look = createRestWatch(0);

    const seconds = Array.from({ length: 37 }, (_, at) => at * 5);
    const thorough = seconds.filter((second) => look(IDLE, second * 1_000) === 'thorough');

    expect(thorough).toEqual([60, 120, 180]);
  });

  test('createRestWatch() leaves work alone, however long it lasts', () => {
    const look = createRestWatch(0);

    const during = look(BUSY, 25 * MINUTE_MS);
    const after = look(IDLE, 26 * MINUTE_MS);
    const next = look(IDLE, 26 * MINUTE_MS + 5_000);

    expect([during, after, next]).toEqual([null, 'thorough', null]);
  });
});
