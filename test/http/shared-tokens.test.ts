import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createLimiter, type Limiter } from '../../src/http/limiter.ts';
import type { SharedBudget, TokenGrant } from '../../src/http/shared-tokens.ts';
import { calm } from './support/failure.ts';
import { createSharedRate, mostPerSecond } from './support/gcra.ts';

const BUDGET = { requestsPerSecond: 200, burst: 1, concurrency: 20 };

function aShared(reserve: SharedBudget['reserve']) {
  const counted = { fallbacks: 0 };
  const shared: SharedBudget = {
    reserve,
    onFallback() {
      counted.fallbacks += 1;
    },
  };
  return { shared, counted };
}

/** Takes turns as fast as the limiter gives them, `atOnce` at a time; returns when each came. */
async function drain(limiter: Limiter, atOnce: number, forMs: number): Promise<number[]> {
  const untilMs = performance.now() + forMs;
  const moments: number[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < untilMs) {
        const release = await limiter.acquire(calm());
        moments.push(performance.now());
        release();
      }
    }),
  );
  return moments;
}

async function acquireTimes(limiter: Limiter, count: number): Promise<number[]> {
  const sinceMs = performance.now();
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const release = await limiter.acquire(calm());
      release();
      return performance.now() - sinceMs;
    }),
  );
}

describe('createSharedTokens()', () => {
  test.each([
    ['at once', () => 0],
    ['after 5 to 25 ms', () => 5 + Math.random() * 20],
  ])(
    'three limiters keep the rate together when the budget answers %s',
    async (_name, latencyMs) => {
      const rate = createSharedRate(BUDGET.requestsPerSecond, latencyMs);
      const { shared, counted } = aShared(rate.reserve);
      const limiters = [1, 2, 3].map(() => createLimiter(BUDGET, shared));

      const moments = await Promise.all(limiters.map((limiter) => drain(limiter, 10, 3_000)));

      const most = mostPerSecond(moments.flat());
      expect(counted.fallbacks).toBe(0);
      expect(most).toBeLessThanOrEqual(BUDGET.requestsPerSecond * 1.1);
      expect(moments.flat().length).toBeGreaterThan(BUDGET.requestsPerSecond * 3 * 0.8);
      for (const own of moments) expect(own.length).toBeGreaterThan(BUDGET.requestsPerSecond / 3);
      expect(Math.max(...rate.batches)).toBeLessThanOrEqual(BUDGET.requestsPerSecond / 10);
    },
  );

  test('acquire() reserves at the rate that is allowed at the time, in batches of that rate', async () => {
    const asked: (readonly [number, number])[] = [];
    const { shared } = aShared(async (count, { requestsPerSecond }) => {
      asked.push([count, requestsPerSecond]);
      return { waitMs: 0, spacingMs: 0 };
    });
    const allowed = { ...BUDGET, requestsPerSecond: 30 };
    const limiter = createLimiter(BUDGET, shared, { allowed: () => allowed, holdMs: () => 0 });

    await acquireTimes(limiter, 5);

    expect(asked[0]).toEqual([1, 30]);
    expect(Math.max(...asked.map(([count]) => count))).toBeLessThanOrEqual(3);
  });

  test('acquire() of an idle account waits for one answer of the budget and no more', async () => {
    const rate = createSharedRate(BUDGET.requestsPerSecond, () => 30);
    const limiter = createLimiter(BUDGET, aShared(rate.reserve).shared);

    const [first = 0] = await acquireTimes(limiter, 1);
    await sleep(100);
    const [second = 0] = await acquireTimes(limiter, 1);

    expect(rate.batches).toEqual([1, 1]);
    expect(Math.max(first, second)).toBeLessThan(60);
  });

  test('acquire() asks for one token at a time when the rate allows less than one in 100 ms', async () => {
    const rate = createSharedRate(5);
    const limiter = createLimiter(
      { ...BUDGET, requestsPerSecond: 5 },
      aShared(rate.reserve).shared,
    );

    const waits = await acquireTimes(limiter, 4);

    expect(rate.batches).toEqual([1, 1, 1, 1]);
    expect(waits.at(-1)).toBeGreaterThan(590);
    expect(waits.at(-1)).toBeLessThan(1_500);
  });

  test('acquire() asks only for those who have a slot', async () => {
    const rate = createSharedRate(10_000);
    const limiter = createLimiter(
      { requestsPerSecond: 10_000, burst: 1, concurrency: 2 },
      aShared(rate.reserve).shared,
    );

    const waiting = Array.from({ length: 20 }, () => limiter.acquire(calm()));
    const [release] = await Promise.all(waiting.slice(0, 2));
    await sleep(20);
    const asked = [...rate.batches];
    release?.();
    await waiting[2];

    expect(asked.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('acquire() goes by its own bucket after 500 ms of silence, and nobody waits for the budget after that', async () => {
    const { shared, counted } = aShared(() => new Promise(() => {}));
    const limiter = createLimiter({ ...BUDGET, burst: 5 }, shared);

    const first = await acquireTimes(limiter, 1);
    const next = await acquireTimes(limiter, 4);

    expect(first[0]).toBeGreaterThanOrEqual(490);
    expect(first[0]).toBeLessThan(900);
    expect(Math.max(...next)).toBeLessThan(200);
    expect(counted.fallbacks).toBe(1);
  });

  test('acquire() keeps its own rate while the budget fails, asks about once a second, and returns to it', async () => {
    let failing = true;
    let asked = 0;
    const rate = createSharedRate(BUDGET.requestsPerSecond);
    const { shared, counted } = aShared(async (count) => {
      asked += 1;
      if (failing) throw new Error('down');
      return await rate.reserve(count);
    });
    const limiter = createLimiter(BUDGET, shared);

    const moments = await drain(limiter, 10, 2_500);
    const askedWhileDown = asked;
    failing = false;
    await drain(limiter, 10, 1_500);

    expect(mostPerSecond(moments)).toBeLessThanOrEqual(BUDGET.requestsPerSecond * 1.1);
    expect(moments.length).toBeGreaterThan(BUDGET.requestsPerSecond);
    expect(askedWhileDown).toBeGreaterThanOrEqual(2);
    expect(askedWhileDown).toBeLessThanOrEqual(4);
    expect(counted.fallbacks).toBe(askedWhileDown);
    expect(rate.batches.length).toBeGreaterThan(1);
  });

  test('acquire() does not save up what nobody used', async () => {
    const tokens: TokenGrant = { waitMs: 0, spacingMs: 0 };
    let asked = 0;
    const limiter = createLimiter(
      { requestsPerSecond: 1_000, burst: 1, concurrency: 100 },
      aShared(async () => {
        asked += 1;
        await sleep(20);
        return tokens;
      }).shared,
    );
    const stop = new AbortController();
    const given = Array.from({ length: 50 }, () => limiter.acquire(stop.signal));
    stop.abort(new Error('stopped'));
    await Promise.allSettled(given);
    await sleep(150);

    await acquireTimes(limiter, 1);

    expect(asked).toBe(2);
  });

  test('acquire() uses at once what another left a moment ago', async () => {
    let asked = 0;
    const limiter = createLimiter(
      BUDGET,
      aShared(async () => {
        asked += 1;
        return { waitMs: 100, spacingMs: 0 };
      }).shared,
    );
    const stop = new AbortController();
    const left = limiter.acquire(stop.signal);
    await sleep(10);
    stop.abort(new Error('stopped'));
    await expect(left).rejects.toThrow('stopped');

    await acquireTimes(limiter, 1);

    expect(asked).toBe(1);
  });
});
