import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AttemptFailure } from '../../src/http/attempt-failure.ts';
import { type Breaker, createBreaker } from '../../src/http/breaker.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { failureOf } from './support/failure.ts';

const FAULT = new AttemptFailure(
  { kind: 'fault', mayHaveRun: true, retryAfterMs: null },
  'status 503',
);
const THROTTLE = new AttemptFailure(
  { kind: 'throttled', mayHaveRun: false, retryAfterMs: null },
  'status 429',
);
const START = new Date('2026-11-22T04:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

function aBreaker() {
  const changes: boolean[] = [];
  const breaker = createBreaker({
    random: () => 0,
    onChange: ({ open }) => void changes.push(open),
  });
  return { breaker, changes };
}

/** Runs requests that end so; returns how many were sent. */
async function run(breaker: Breaker, count: number, error: Error | null): Promise<number> {
  let sent = 0;
  for (let index = 0; index < count; index += 1) {
    await breaker
      .run(async () => {
        sent += 1;
        if (error !== null) throw error;
      })
      .catch(() => {});
  }
  return sent;
}

const advance = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describe('createBreaker()', () => {
  test('run() sends until 20 requests failed and then nothing', async () => {
    const { breaker, changes } = aBreaker();

    const sent = await run(breaker, 500, FAULT);

    expect(sent).toBe(20);
    expect(changes).toEqual([true]);
  });

  test('check() says since when and why nothing is asked, and when it goes on', async () => {
    const { breaker } = aBreaker();
    await run(breaker, 5, null);
    await run(breaker, 15, FAULT);
    advance(300);

    const error = await failureOf(Promise.try(() => breaker.check()));

    expect(error).toMatchObject({
      code: 'PROVIDER_DOWN',
      retryAfterMs: 700,
      message:
        'its circuit breaker is open since 2026-11-22T04:00:00.000Z because 15 of 20 requests within 30 s failed, ' +
        'last with status 503, a cloud that answers was wanted; next try in 1 s',
    });
  });

  test('run() opens for 20 faults in a row, however many answers came before', async () => {
    const { breaker, changes } = aBreaker();
    await run(breaker, 5_000, null);
    await run(breaker, 19, FAULT);
    await run(breaker, 1, null);

    const sent = await run(breaker, 100, FAULT);

    expect(sent).toBe(20);
    expect(changes).toEqual([true]);
    expect(() => breaker.check()).toThrow(
      'because 20 requests in a row failed, last with status 503',
    );
  });

  test.each([
    { name: 'half of 20', answers: 10, faults: 10, opens: true },
    { name: 'less than half', answers: 11, faults: 10, opens: false },
    { name: 'fewer than 20', answers: 0, faults: 19, opens: false },
  ])('run() judges $name', async ({ answers, faults, opens }) => {
    const { breaker, changes } = aBreaker();

    await run(breaker, answers, null);
    await run(breaker, faults, FAULT);

    expect(changes).toEqual(opens ? [true] : []);
  });

  test.each([
    ['throttles', THROTTLE],
    ['refused credentials', new ReconcileError('PROVIDER_AUTH', 'Cannot sign in')],
    ['aborts', new DOMException('stopped', 'AbortError')],
  ])('run() does not count %s', async (_name, error) => {
    const { breaker } = aBreaker();

    expect(await run(breaker, 200, error)).toBe(200);
  });

  test('run() counts a connection nobody can trust as a fault', async () => {
    const { breaker } = aBreaker();
    const untrusted = new ReconcileError('PROVIDER_UNAVAILABLE', 'its certificate is not trusted');

    expect(await run(breaker, 50, untrusted)).toBe(20);
  });

  test('run() forgets faults after 30 s, on a quiet account too', async () => {
    const { breaker, changes } = aBreaker();

    for (let minute = 0; minute < 60; minute += 1) {
      await run(breaker, 1, FAULT);
      advance(60_000);
    }

    expect(changes).toEqual([]);
  });

  test('run() forgets faults of a future that a clock set back left behind', async () => {
    const { breaker, changes } = aBreaker();
    await run(breaker, 19, FAULT);

    advance(-3_600_000);
    await run(breaker, 1, FAULT);

    expect(changes).toEqual([]);
  });

  test('run() lets one probe out when the time is up, and everything once it went well', async () => {
    const { breaker, changes } = aBreaker();
    await run(breaker, 20, FAULT);
    advance(1_000);
    const probe = Promise.withResolvers<void>();

    const probing = breaker.run(() => probe.promise);
    const meanwhile = await run(breaker, 10, null);
    const waiting = await failureOf(Promise.try(() => breaker.check()));
    probe.resolve();
    await probing;

    expect(meanwhile).toBe(0);
    expect(waiting).toMatchObject({ code: 'PROVIDER_DOWN', retryAfterMs: 1_000 });
    expect(await run(breaker, 10, null)).toBe(10);
    expect(changes).toEqual([true, false]);
  });

  test('run() starts counting anew after a probe that went well', async () => {
    const { breaker } = aBreaker();
    await run(breaker, 20, FAULT);
    advance(1_000);
    await run(breaker, 1, null);

    expect(await run(breaker, 100, FAULT)).toBe(19);
  });

  test('run() waits twice as long after each failed probe, at most a minute', async () => {
    const { breaker, changes } = aBreaker();
    await run(breaker, 20, FAULT);
    const waits: number[] = [];

    for (let round = 0; round < 9; round += 1) {
      const { retryAfterMs } = await failureOf(Promise.try(() => breaker.check()));
      waits.push((retryAfterMs ?? 0) / 1_000);
      advance(retryAfterMs ?? 0);
      expect(await run(breaker, 5, FAULT)).toBe(1);
    }

    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(changes).not.toContain(false);
    expect(() => breaker.check()).toThrow(
      `open since ${START.toISOString()} because 20 requests in a row failed`,
    );
  });

  test('run() waits as long as the cloud itself asked for', async () => {
    const { breaker } = aBreaker();
    const asked = new AttemptFailure(
      { kind: 'fault', mayHaveRun: true, retryAfterMs: 120_000 },
      'status 503',
    );

    await run(breaker, 20, asked);

    expect(await failureOf(Promise.try(() => breaker.check()))).toMatchObject({
      retryAfterMs: 120_000,
    });
  });

  test.each([
    ['a throttle', THROTTLE, false],
    ['a refused credential', new ReconcileError('PROVIDER_AUTH', 'Cannot sign in'), false],
    ['an answer too large', new ReconcileError('LISTING_INCOMPLETE', 'too large'), false],
    ['an abort', new DOMException('stopped', 'AbortError'), true],
    ['a closed client', new ReconcileError('CANCELLED', 'closed'), true],
  ])('run() judges a probe that ended with %s', async (_name, error, open) => {
    const { breaker, changes } = aBreaker();
    await run(breaker, 20, FAULT);
    advance(1_000);

    await run(breaker, 1, error);

    expect(changes.at(-1)).toBe(open);
  });
});
