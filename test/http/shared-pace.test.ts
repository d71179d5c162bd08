import { describe, expect, test } from 'vitest';
import type { Fate } from '../../src/http/rounds.ts';
import { createSharedPace, type PaceBoard } from '../../src/http/shared-pace.ts';
import { aBoard, perSecond, play } from './support/throttled-fleet.ts';

const BUDGET = { requestsPerSecond: 1_000, burst: 100, concurrency: 50 };
const FLOOD: Fate = { type: 'throttled', retryAfterMs: 3_000 };

/** Processes on one board; their clocks move together. */
function aFleet(board: PaceBoard, size = 2) {
  const clock = { ms: 1_000_000 };
  const now = () => clock.ms;
  const paces = Array.from({ length: size }, () =>
    createSharedPace({ budget: BUDGET, onChange: () => {} }, board, {
      nowMs: now,
      monotonicMs: now,
    }),
  );
  const answer = async (index: number, fate: Fate, count = 1): Promise<void> => {
    for (let left = count; left > 0; left -= 1) paces[index]?.sent({ operation: 'List' })(fate);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const rates = () => paces.map((pace) => Math.round(pace.allowed().requestsPerSecond));
  return { clock, paces, answer, rates };
}

describe('createSharedPace()', () => {
  test('follows the step down of another process, and its wait, with the next request', async () => {
    const { clock, paces, answer, rates } = aFleet(aBoard());
    await answer(1, { type: 'answered' });

    await answer(0, FLOOD, 16);
    const before = rates();
    clock.ms += 1_000;
    await answer(1, { type: 'answered' });

    expect(before).toEqual([495, 1_000]);
    expect(rates()).toEqual([495, 495]);
    expect(paces.map((pace) => pace.holdMs())).toEqual([2_000, 2_000]);
  });

  test('keeps its own step when that is the later one', async () => {
    const { clock, answer, rates } = aFleet(aBoard());
    await answer(1, { type: 'answered' });
    await answer(0, FLOOD, 16);
    clock.ms += 500;
    await answer(1, FLOOD, 32);
    await answer(1, FLOOD, 16);

    clock.ms += 1_000;
    await answer(0, { type: 'answered' });
    await answer(1, { type: 'answered' });

    expect(rates()[0]).toBe(rates()[1]);
    expect(rates()[0]).toBeLessThan(250);
  });

  test.each([
    ['is no JSON', 'nonsense'],
    ['has another form', '{"perSecond":"fast"}'],
    ['says nothing', '{"perSecond":0,"atMs":1000000,"holdUntilMs":0}'],
    ['is outdated', '{"perSecond":5,"atMs":600000,"holdUntilMs":0}'],
  ])('goes by itself when the word %s', async (_name, word) => {
    const { answer, rates } = aFleet({ read: async () => word, write: async () => {} });

    await answer(0, { type: 'answered' });

    expect(rates()).toEqual([1_000, 1_000]);
  });

  test('is held no longer than 30 s by a clock that is wrong', async () => {
    const word = '{"perSecond":5,"atMs":1000000,"holdUntilMs":99999999}';
    const { paces, answer } = aFleet({ read: async () => word, write: async () => {} });

    await answer(0, { type: 'answered' });

    expect(paces[0]?.holdMs()).toBe(30_000);
  });

  test('goes by itself when the board is down', async () => {
    const { sent } = await play(
      {
        cloud: { perSecond: 50, burst: 10 },
        retryAfterMs: null,
        budget: BUDGET,
        processes: 1,
        callers: 100,
        latencyMs: 50,
        isBoardDown: true,
        chance: 0,
      },
      60_000,
    );

    expect(perSecond(sent, 30_000, 60_000)).toBeLessThanOrEqual(55);
  });
});
