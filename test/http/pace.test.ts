import { describe, expect, test } from 'vitest';
import { AttemptFailure } from '../../src/http/attempt-failure.ts';
import { createPace, fateOf } from '../../src/http/pace.ts';
import type { Fate } from '../../src/http/rounds.ts';
import { perSecond, play, type Throttled } from './support/throttled-fleet.ts';

const BUDGET = { requestsPerSecond: 1_000, burst: 100, concurrency: 50 };
const THROTTLED: Fate = { type: 'throttled', retryAfterMs: null };
const ANSWERED: Fate = { type: 'answered' };

/** A pace under a clock of its own, and what it told. */
function aPace(budget = BUDGET) {
  const clock = { ms: 0 };
  const told: number[] = [];
  const pace = createPace({
    budget,
    monotonicMs: () => clock.ms,
    onChange: ({ requestsPerSecond }) => void told.push(requestsPerSecond),
  });
  const answer = (fate: Fate, count = 1, { tookMs = 1, operation = 'List' } = {}): void => {
    for (let index = 0; index < count; index += 1) {
      const settle = pace.sent({ operation });
      clock.ms += tookMs;
      settle(fate);
    }
  };
  return { pace, clock, told, answer };
}

const SETUP: Throttled = {
  cloud: { perSecond: 50, burst: 10 },
  retryAfterMs: null,
  budget: { requestsPerSecond: 1_000, burst: 1, concurrency: 50 },
  processes: 1,
  callers: 100,
  latencyMs: 50,
  isBoardDown: false,
  chance: 0,
};

describe('createPace() over a cloud that throttles', () => {
  test.each<[string, Partial<Throttled>]>([
    ['at 50 of 1,000 a second', {}],
    ['with a burst of a second', { cloud: { perSecond: 50, burst: 50 } }],
    ['with hardly a burst', { cloud: { perSecond: 50, burst: 2 } }],
    ['and says how long to wait', { retryAfterMs: 1_000 }],
    ['at half of what is configured', { cloud: { perSecond: 500, burst: 50 }, callers: 300 }],
    ['with answers that take half a second', { latencyMs: 500 }],
    ['and three processes', { processes: 3 }],
    ['and three processes told to wait', { processes: 3, retryAfterMs: 1_000 }],
  ])('%s: sends at most 110 % of what it takes, and is given at least 90 %', async (_, changes) => {
    const setup = { ...SETUP, ...changes };

    const { sent, accepted } = await play(setup, 180_000);

    expect(perSecond(sent, 30_000, 180_000)).toBeLessThanOrEqual(setup.cloud.perSecond * 1.1);
    expect(perSecond(accepted, 30_000, 180_000)).toBeGreaterThanOrEqual(
      setup.cloud.perSecond * 0.9,
    );
  });

  test('finds its rate within five seconds', async () => {
    const { sent } = await play(SETUP, 10_000);

    expect(perSecond(sent, 5_000, 10_000)).toBeLessThanOrEqual(55);
  });

  test.each([0.02, 0.2])(
    'is not brought down by refusals that do not come from the rate: a share of %d',
    async (chance) => {
      const cloud = { perSecond: 1_000_000, burst: 1_000_000 };

      const { accepted } = await play(
        { ...SETUP, cloud, chance, budget: { ...SETUP.budget, requestsPerSecond: 100 } },
        120_000,
      );

      expect(perSecond(accepted, 0, 120_000)).toBeGreaterThan(40);
    },
  );
});

describe('createPace()', () => {
  test('allows all that is configured, and tells nothing, while nothing is throttled', () => {
    const { pace, told, answer } = aPace();

    answer(ANSWERED, 5_000);

    expect(pace.allowed()).toEqual(BUDGET);
    expect(told).toEqual([]);
  });

  test('takes a few throttled answers for chance', () => {
    const { pace, answer } = aPace();

    answer(ANSWERED, 50);
    answer(THROTTLED, 4);
    answer(ANSWERED, 2_000);

    expect(pace.allowed()).toEqual(BUDGET);
  });

  test('halves rate, burst and concurrency in a flood, once for all that was sent before', () => {
    const { pace, told } = aPace();
    const settles = Array.from({ length: 40 }, () => pace.sent({ operation: 'List' }));

    for (const settle of settles) settle(THROTTLED);

    expect(pace.allowed()).toEqual({ requestsPerSecond: 495, burst: 49.5, concurrency: 24 });
    expect(told.at(-1)).toBe(495);
  });

  test('steps down by the share that was throttled at the end of a round', () => {
    const { pace, answer } = aPace();

    for (let index = 0; index < 1_001; index += 1) answer(index % 5 === 0 ? THROTTLED : ANSWERED);

    expect(pace.allowed().requestsPerSecond).toBeGreaterThan(1_000 * 0.75);
    expect(pace.allowed().requestsPerSecond).toBeLessThan(1_000 * 0.8);
  });

  test('never goes below one request a second, and one in flight', () => {
    const { pace, answer } = aPace();

    answer(THROTTLED, 1_000);

    expect(pace.allowed().requestsPerSecond).toBeCloseTo(1, 2);
    expect(pace.allowed()).toMatchObject({ burst: 1, concurrency: 1 });
  });

  test('keeps a budget of less than one a second', () => {
    const { pace, answer } = aPace({ requestsPerSecond: 0.5, burst: 1, concurrency: 2 });

    answer(THROTTLED, 1_000);

    expect(pace.allowed().requestsPerSecond).toBe(0.5);
  });

  test('climbs slowly at first, and is back at the configured rate after minutes', () => {
    const { pace, clock, told, answer } = aPace();
    answer(THROTTLED, 16);
    const after = (s: number): number => {
      clock.ms = 16 + s * 1_000;
      return pace.allowed().requestsPerSecond;
    };

    expect(after(0)).toBe(495);
    expect(after(11)).toBeCloseTo(510, -1);
    expect(after(60)).toBe(1_000);
    answer(ANSWERED, 2_000);
    expect(pace.allowed()).toEqual(BUDGET);
    expect(told.at(-1)).toBe(1_000);
  });

  test('goes halfway back after each good round when a flood was not of its making', () => {
    const { pace, answer } = aPace();
    answer(THROTTLED, 16);

    const rates = [1, 2, 3, 4].map(() => {
      answer(ANSWERED, 60, { tookMs: 18 });
      return Math.round(pace.allowed().requestsPerSecond / 10) * 10;
    });

    expect(rates).toEqual([750, 870, 940, 940]);
  });

  test('lets one more in flight after as many good answers', () => {
    const { pace, answer } = aPace();
    answer(THROTTLED, 16);

    answer(ANSWERED, 24);
    const { concurrency } = pace.allowed();
    answer(ANSWERED, 24);

    expect([concurrency, pace.allowed().concurrency]).toEqual([25, 25]);
  });

  test('holds the account as long as a cloud that throttles asks for, at most 30 s', () => {
    const { pace, clock, answer } = aPace();

    answer({ type: 'throttled', retryAfterMs: 2_000 }, 16);
    const heldMs = pace.holdMs();
    clock.ms += heldMs;
    const laterMs = pace.holdMs();
    answer({ type: 'throttled', retryAfterMs: 900_000 }, 16);

    expect([heldMs, laterMs, pace.holdMs()]).toEqual([2_000, 0, 30_000]);
  });

  test('does not hold the account for one call that is told to wait', () => {
    const { pace, answer } = aPace();

    answer({ type: 'throttled', retryAfterMs: 2_000 });
    answer(ANSWERED, 2_000);

    expect(pace.holdMs()).toBe(0);
  });

  test('learns nothing from requests that were not answered', () => {
    const { pace, answer } = aPace();

    answer({ type: 'unknown' }, 1_000);

    expect(pace.allowed()).toEqual(BUDGET);
  });
});

describe('createPace() over a cloud that gets slow', () => {
  /** Windows of answers with as many in flight as are allowed. */
  function crowd(bench: ReturnType<typeof aPace>, windows: number, tookMs: number, part = 1): void {
    for (let index = 0; index < windows; index += 1) {
      const { concurrency } = bench.pace.allowed();
      const count = Math.max(1, Math.floor(concurrency * part));
      const settles = Array.from({ length: count }, () => bench.pace.sent({ operation: 'List' }));
      bench.clock.ms += tookMs;
      for (const settle of settles) settle(ANSWERED);
    }
  }

  test('lets fewer in flight, down to a tenth, and more again when it is quick', () => {
    const bench = aPace();
    crowd(bench, 1, 50);

    crowd(bench, 1, 1_000);
    const first = bench.pace.allowed().concurrency;
    crowd(bench, 20, 1_000);
    const least = bench.pace.allowed().concurrency;
    crowd(bench, 100, 50);

    expect([first, least, bench.pace.allowed().concurrency]).toEqual([37, 5, 50]);
    expect(bench.pace.allowed().requestsPerSecond).toBe(1_000);
  });

  test('takes it for the usual time after two minutes', () => {
    const bench = aPace();
    crowd(bench, 1, 50);

    crowd(bench, 20, 1_000);
    crowd(bench, 200, 1_000);

    expect(bench.pace.allowed().concurrency).toBe(50);
  });

  test('does not mind when there are fewer in flight than allowed', () => {
    const bench = aPace();
    crowd(bench, 2, 50);

    crowd(bench, 20, 1_000, 0.5);

    expect(bench.pace.allowed().concurrency).toBe(50);
  });

  test('does not mind milliseconds, however many times the least they are', () => {
    const bench = aPace();
    crowd(bench, 1, 1);

    crowd(bench, 20, 400);

    expect(bench.pace.allowed().concurrency).toBe(50);
  });

  test('compares each call with its own kind', () => {
    const bench = aPace({ ...BUDGET, concurrency: 1 });
    bench.answer(ANSWERED, 10, { operation: 'Show', tookMs: 5 });

    bench.answer(ANSWERED, 10, { operation: 'List', tookMs: 5_000 });

    expect(bench.told).toEqual([]);
  });
});

describe('fateOf()', () => {
  const failure = (kind: 'throttled' | 'fault') =>
    new AttemptFailure({ kind, mayHaveRun: false, retryAfterMs: 5 }, 'no');

  test.each([
    ['a throttled attempt', failure('throttled'), { type: 'throttled', retryAfterMs: 5 }],
    ['a fault', failure('fault'), { type: 'unknown' }],
    ['any other error', new Error('no'), { type: 'unknown' }],
  ])('takes %s for what it is', (_name, error, fate) => {
    expect(fateOf(error)).toEqual(fate);
  });
});
