import { describe, expect, test } from 'vitest';
import { createGate } from '../../../src/server/hooks/rate.ts';

const LIMITS = {
  unsigned: { perSecond: 1, burst: 2 },
  signed: { perSecond: 1, burst: 3 },
  strangers: { perSecond: 1, burst: 4 },
};

function aGate() {
  const clock = { ms: 0 };
  return { clock, gate: createGate(() => clock.ms, LIMITS) };
}

describe('createGate()', () => {
  test('createGate() lets a burst through, then the pace, and says how long to wait', () => {
    const { gate, clock } = aGate();

    const burst = [1, 2, 3].map(() => gate.admit('a', false));
    clock.ms = 1_000;
    const later = [1, 2].map(() => gate.admit('a', false));

    expect(burst).toEqual([null, null, 1]);
    expect(later).toEqual([null, 1]);
  });

  test('createGate() does not let one source use up the budget of another', () => {
    const { gate } = aGate();
    for (let at = 0; at < 10; at += 1) gate.admit('a', false);

    expect(gate.admit('b', false)).toBeNull();
    expect(gate.admit('a', true)).toBeNull();
  });

  test('createGate() gives back what proved right, so that a sender is never held up', () => {
    const { gate } = aGate();

    const answers = Array.from({ length: 100 }, () => {
      const waitS = gate.admit('a', true);
      gate.proved('a');
      return waitS;
    });

    expect(new Set(answers)).toEqual(new Set([null]));
  });

  test('createGate() bounds all strangers together, and lets those through that proved right', () => {
    const { gate, clock } = aGate();
    gate.admit('friend', true);
    gate.proved('friend');

    const strangers = Array.from({ length: 10 }, (_, at) => gate.admit(`s${at}`, true));
    const friend = gate.admit('friend', true);
    clock.ms = 3_600_000;
    for (let at = 0; at < 10; at += 1) gate.admit(`t${at}`, true);

    expect(strangers.filter((waitS) => waitS === null)).toHaveLength(4);
    expect(friend).toBeNull();
    expect(gate.admit('friend', true)).toBe(1);
  });

  test('createGate() keeps no more than 10,000 sources', () => {
    const { gate } = aGate();
    for (let at = 0; at < 3; at += 1) gate.admit('first', false);

    for (let at = 0; at < 10_000; at += 1) gate.admit(`s${at}`, false);

    // Its bucket was the oldest, so it starts anew.
    expect(gate.admit('first', false)).toBeNull();
  });
});
