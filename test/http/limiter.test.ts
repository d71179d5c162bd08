import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createLimiter } from '../../src/http/limiter.ts';
import { calm } from './support/failure.ts';

describe('createLimiter()', () => {
  test('admits the whole burst at once and the rest at the rate', async () => {
    const limiter = createLimiter({ requestsPerSecond: 50, burst: 10, concurrency: 100 });
    const startedMs = performance.now();
    const admittedMs: number[] = [];

    await Promise.all(
      Array.from({ length: 30 }, async () => {
        await limiter.acquire(calm());
        admittedMs.push(performance.now() - startedMs);
      }),
    );

    expect(admittedMs.filter((ms) => ms < 15)).toHaveLength(10);
    expect(admittedMs.at(-1)).toBeGreaterThan(380);
    expect(admittedMs.at(-1)).toBeLessThan(1_500);
  });

  test('keeps within the concurrency and passes a slot on when it is given back', async () => {
    const limiter = createLimiter({ requestsPerSecond: 10_000, burst: 10_000, concurrency: 3 });
    let inFlight = 0;
    let most = 0;

    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const release = await limiter.acquire(calm());
        inFlight += 1;
        most = Math.max(most, inFlight);
        await sleep(2);
        inFlight -= 1;
        release();
        release();
      }),
    );

    expect(most).toBe(3);
  });

  test('admits in order of arrival', async () => {
    const limiter = createLimiter({ requestsPerSecond: 1_000, burst: 1, concurrency: 1 });
    const order: number[] = [];

    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const release = await limiter.acquire(calm());
        order.push(number);
        release();
      }),
    );

    expect(order).toEqual([1, 2, 3, 4]);
  });

  test('lets a waiting call go when it is aborted, without using up a slot', async () => {
    const limiter = createLimiter({ requestsPerSecond: 1_000, burst: 1_000, concurrency: 1 });
    const release = await limiter.acquire(calm());
    const stop = new AbortController();

    const aborted = limiter.acquire(stop.signal);
    const patient = limiter.acquire(calm());
    stop.abort(new Error('stopped'));

    await expect(aborted).rejects.toThrow('stopped');
    release();
    await expect(patient).resolves.toBeTypeOf('function');
  });

  test('rejects at once when the signal is already aborted', async () => {
    const limiter = createLimiter({ requestsPerSecond: 1, burst: 1, concurrency: 1 });

    await expect(limiter.acquire(AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
      'stopped',
    );
  });

  test('leaves no timer behind when the last who waited for a slow budget is gone', async () => {
    const limiter = createLimiter({ requestsPerSecond: 0.001, burst: 1, concurrency: 2 });
    await limiter.acquire(calm());
    const before = timers();
    const stop = new AbortController();

    const waiting = limiter.acquire(stop.signal);
    const during = timers();
    stop.abort(new Error('stopped'));

    await expect(waiting).rejects.toThrow('stopped');
    expect(during).toBe(before + 1);
    expect(timers()).toBe(before);
  });

  test('serves who came first, however many of the others were aborted', async () => {
    const limiter = createLimiter({ requestsPerSecond: 1_000, burst: 1, concurrency: 1 });
    const release = await limiter.acquire(calm());
    const stops = Array.from({ length: 50 }, () => new AbortController());
    const order: number[] = [];

    const waiting = stops.map(async ({ signal }, index) => {
      const done = await limiter.acquire(signal);
      order.push(index);
      done();
    });
    for (const [index, stop] of stops.entries()) if (index % 2 === 0) stop.abort();
    release();
    await Promise.allSettled(waiting);

    expect(order).toEqual(stops.flatMap((_, index) => (index % 2 === 0 ? [] : [index])));
  });
});

describe('createLimiter() with a pace', () => {
  test('follows what is allowed at the time: rate and concurrency', async () => {
    let allowed = { requestsPerSecond: 10_000, burst: 1, concurrency: 10 };
    const limiter = createLimiter(allowed, null, { allowed: () => allowed, holdMs: () => 0 });
    const take = async (count: number): Promise<number> => {
      const sinceMs = performance.now();
      for (let left = count; left > 0; left -= 1) (await limiter.acquire(calm()))();
      return performance.now() - sinceMs;
    };

    await take(5);
    allowed = { requestsPerSecond: 50, burst: 1, concurrency: 1 };
    const slowMs = await take(11);
    const release = await limiter.acquire(calm());
    const second = limiter.acquire(calm());
    const isSecondIn = await Promise.race([second.then(() => true), sleep(60, false)]);
    release();
    await second;

    expect(slowMs).toBeGreaterThan(180);
    expect(isSecondIn).toBe(false);
  });

  test('admits nobody while the account is held', async () => {
    const untilMs = performance.now() + 100;
    const budget = { requestsPerSecond: 10_000, burst: 10, concurrency: 10 };
    const holdMs = (): number => Math.max(0, untilMs - performance.now());
    const limiter = createLimiter(budget, null, { allowed: () => budget, holdMs });

    await limiter.acquire(calm());

    expect(performance.now()).toBeGreaterThanOrEqual(untilMs);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
