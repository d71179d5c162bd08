import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttemptFailure } from '../../src/http/attempt-failure.ts';
import {
  DEFAULT_RETRIES,
  delayBeforeRetry,
  parseRetryAfter,
  withRetry,
} from '../../src/http/retry.ts';
import { calm } from './support/failure.ts';

const NOW = new Date('2026-11-22T00:00:00Z');
const QUICK = { attempts: 5, minDelayMs: 1, maxDelayMs: 4, maxRetryAfterMs: 30_000 };

function fault(retryAfterMs: number | null = null): AttemptFailure {
  return new AttemptFailure({ kind: 'fault', mayHaveRun: true, retryAfterMs }, 'status 503');
}

describe('parseRetryAfter()', () => {
  test.each([
    ['7', 7_000],
    ['0', 0],
    [' 2 ', 2_000],
    ['Sun, 22 Nov 2026 00:00:09 GMT', 9_000],
    ['Sat, 21 Nov 2026 00:00:00 GMT', 0],
    ['86400', 900_000],
    ['Mon, 23 Nov 2026 00:00:00 GMT', 900_000],
    ['-5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('reads %s as %s ms', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });
});

describe('delayBeforeRetry()', () => {
  test('is anywhere between zero and the doubled delay, never above the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, drawn) => {
          const delay = delayBeforeRetry(fault(), attempt, DEFAULT_RETRIES, () => drawn);

          expect(delay).toBeCloseTo(drawn * Math.min(30_000, 500 * 2 ** (attempt - 1)));
        },
      ),
    );
  });

  test('never comes back before the wanted wait is over', () => {
    expect(delayBeforeRetry(fault(7_000), 1, DEFAULT_RETRIES, () => 0)).toBe(7_000);
    expect(delayBeforeRetry(fault(7_000), 1, DEFAULT_RETRIES, () => 1)).toBe(7_500);
  });

  test.each([
    [1, 0, 2_000],
    [1, 1, 5_000],
    [2, 0, 4_000],
    [9, 1, 30_000],
  ])(
    'waits out an unexplained throttling (attempt %i, drawn %i: %i ms)',
    (attempt, drawn, expected) => {
      const failure = { kind: 'throttled', retryAfterMs: null } as const;

      expect(delayBeforeRetry(failure, attempt, DEFAULT_RETRIES, () => drawn)).toBe(expected);
    },
  );
});

describe('withRetry()', () => {
  test('makes as many attempts as allowed and then throws the last failure', async () => {
    const thrown: AttemptFailure[] = [];

    const run = withRetry(
      async () => {
        thrown.push(fault());
        throw thrown.at(-1) ?? fault();
      },
      QUICK,
      () => 1,
      calm(),
    );

    await expect(run).rejects.toSatisfy((error) => error === thrown[4]);
    expect(thrown).toHaveLength(5);
  });

  test('makes one attempt when the wanted wait is longer than it may sleep', async () => {
    let attempts = 0;

    const run = withRetry(
      async () => {
        attempts += 1;
        throw fault(30_001);
      },
      QUICK,
      () => 1,
      calm(),
    );

    await expect(run).rejects.toBeInstanceOf(AttemptFailure);
    expect(attempts).toBe(1);
  });

  test('does not repeat any other error', async () => {
    let attempts = 0;

    const run = withRetry(
      async () => {
        attempts += 1;
        throw new Error('a bug');
      },
      QUICK,
      () => 1,
      calm(),
    );

    await expect(run).rejects.toThrow('a bug');
    expect(attempts).toBe(1);
  });

  test('stops waiting when it is aborted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    const startedMs = Date.now();

    const run = withRetry(
      () => Promise.reject(fault(20_000)),
      QUICK,
      () => 1,
      stop.signal,
    );

    await expect(run).rejects.toThrow('aborted');
    expect(Date.now() - startedMs).toBeLessThan(5_000);
  });
});
