import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode, ReconcileError } from '../../src/model/errors.ts';
import type { Outcome, Report } from '../../src/model/report.ts';
import { backoffMs, decideError, decideReport } from '../../src/queue/retry.ts';
import { inSync, unknown } from './support.ts';

const TARGET = { account: 'swr', path: 'shop/web' };
const APPLIED: Outcome = { status: 'applied', attempts: 1 };
const SKIPPED: Outcome = { status: 'skipped', reason: 'an add failed' };
const HELD: Outcome = { status: 'skipped', reason: 'paused by cli', held: true };

function failed(code: ErrorCode): Outcome {
  return { status: 'failed', code, error: `Cannot copy: ${code}` };
}

function drifted(...outcomes: readonly (Outcome | null)[]): Report {
  return {
    ...inSync(TARGET),
    status: 'drifted',
    performed: outcomes.map((outcome) => ({
      operation: {
        type: 'delete',
        tag: 'old',
        policy: 'shop',
        rule: 'retain[0]',
        mode: 'sync',
        because: 'too old',
        replaces: null,
        makesRoomFor: null,
      },
      outcome,
    })),
  } as Report;
}

describe('decideReport()', () => {
  test.each<{ name: string; report: Report; type: string }>([
    { name: 'in sync', report: inSync(TARGET), type: 'complete' },
    { name: 'all applied', report: drifted(APPLIED, APPLIED), type: 'complete' },
    { name: 'a dry run', report: drifted(null), type: 'complete' },
    {
      name: 'refused',
      report: { ...drifted(null), status: 'refused' } as Report,
      type: 'complete',
    },
    {
      name: 'a 503',
      report: drifted(APPLIED, failed('PROVIDER_UNAVAILABLE'), SKIPPED),
      type: 'retry',
    },
    { name: 'interrupted between two writes', report: drifted(APPLIED, SKIPPED), type: 'again' },
    {
      name: 'a write whose note the store did not take',
      report: drifted(failed('QUEUE_UNAVAILABLE'), SKIPPED),
      type: 'again',
    },
    { name: 'held by a pause', report: drifted(APPLIED, HELD, HELD), type: 'complete' },
    { name: 'held and interrupted', report: drifted(HELD, SKIPPED), type: 'again' },
    {
      name: 'held after a 503',
      report: drifted(failed('PROVIDER_UNAVAILABLE'), HELD),
      type: 'retry',
    },
    { name: 'a changed target', report: drifted(failed('TARGET_CHANGED')), type: 'retry' },
    { name: 'a 403', report: drifted(APPLIED, failed('PROVIDER_FORBIDDEN')), type: 'give-up' },
    {
      name: 'a 403 and a 503',
      report: drifted(failed('PROVIDER_FORBIDDEN'), failed('PROVIDER_UNAVAILABLE')),
      type: 'retry',
    },
    {
      name: 'a 503 and an account that is down',
      report: drifted(failed('PROVIDER_UNAVAILABLE'), failed('PROVIDER_DOWN')),
      type: 'throttle',
    },
    {
      name: 'unknown because the account is down',
      report: unknown(TARGET, { code: 'PROVIDER_DOWN', retryAfterMs: 12_000 }),
      type: 'throttle',
    },
    {
      name: 'a 503 and a 429',
      report: drifted(failed('PROVIDER_UNAVAILABLE'), failed('PROVIDER_THROTTLED')),
      type: 'throttle',
    },
    { name: 'unknown, retriable', report: unknown(TARGET), type: 'retry' },
    { name: 'unknown, final', report: unknown(TARGET, { retriable: false }), type: 'give-up' },
    {
      name: 'throttled',
      report: unknown(TARGET, { code: 'PROVIDER_THROTTLED' }),
      type: 'throttle',
    },
  ])('makes of $name: $type', ({ report, type }) => {
    expect(decideReport(report).type).toBe(type);
  });

  test('keeps what the provider asked us to wait', () => {
    const decision = decideReport(unknown(TARGET, { retryAfterMs: 7_000 }));

    expect(decision).toMatchObject({
      error: { code: 'PROVIDER_UNAVAILABLE', retryAfterMs: 7_000 },
    });
  });

  test('names target and first error in at most 500 characters', () => {
    const decision = decideReport(
      drifted(APPLIED, { status: 'failed', code: 'PROVIDER_REJECTED', error: 'x'.repeat(2_000) }),
    );

    const { message } = decision.type === 'give-up' ? decision.error : new Error('not given up');
    expect(message).toHaveLength(500);
    expect(message).toMatch(
      /^PROVIDER_REJECTED: Cannot finish target "swr\/shop\/web": 1 of 2 operations failed, first xxx/,
    );
  });
});

describe('decideError()', () => {
  test.each(Object.entries(ERRORS))('follows the code table for %s', (code, { retriable }) => {
    const special = new Map([
      ['PROVIDER_THROTTLED', 'throttle'],
      ['PROVIDER_DOWN', 'throttle'],
      ['QUEUE_UNAVAILABLE', 'again'],
      ['AUDIT_UNAVAILABLE', 'again'],
      ['AUDIT_UNAVAILABLE', 'again'],
      ['CANCELLED', 'again'],
    ]);
    const expected = retriable ? 'retry' : 'give-up';

    // Object.entries() forgets the key type of ERRORS.
    const { type } = decideError(new ReconcileError(code as ErrorCode, 'x'));

    expect(type).toBe(special.get(code) ?? expected);
  });

  test.each([new TypeError('x is undefined'), 'text'])('gives up on a defect: %s', (error) => {
    expect(decideError(error)).toMatchObject({ type: 'give-up', error: { code: 'INTERNAL' } });
  });

  test.each([
    { retryAfterMs: 3, waitMs: 100 },
    { retryAfterMs: 4_000, waitMs: 4_000 },
    { retryAfterMs: 86_400_000, waitMs: 900_000 },
  ])('waits $waitMs ms when throttled for $retryAfterMs ms', ({ retryAfterMs, waitMs }) => {
    const error = new ReconcileError('PROVIDER_THROTTLED', 'x', { retryAfterMs });

    expect(decideError(error)).toEqual({ type: 'throttle', waitMs });
  });

  test('waits 5 s when throttled without a time', () => {
    expect(decideError(new ReconcileError('PROVIDER_THROTTLED', 'x'))).toMatchObject({
      waitMs: 5_000,
    });
  });
});

describe('backoffMs()', () => {
  test.each([
    { attempt: 1, most: 1_000 },
    { attempt: 4, most: 8_000 },
    { attempt: 30, most: 300_000 },
  ])('is anything up to $most ms after attempt $attempt', ({ attempt, most }) => {
    expect(backoffMs(attempt, null, () => 0)).toBe(0);
    expect(backoffMs(attempt, null, () => 0.5)).toBe(most / 2);
    expect(backoffMs(attempt, null, () => 1)).toBe(most);
  });

  test('is never shorter than Retry-After, and never longer than 15 min', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    const asked = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        asked,
        random,
        (attempt, retryAfterMs, drawn) => {
          const error = new ReconcileError('PROVIDER_UNAVAILABLE', 'x', { retryAfterMs });

          const waitMs = backoffMs(attempt, error, () => drawn);

          expect(waitMs).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 900_000));
          expect(waitMs).toBeLessThanOrEqual(900_000);
        },
      ),
    );
  });
});
