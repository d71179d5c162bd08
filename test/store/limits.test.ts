import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pace, toGrant } from '../../src/store/limits.ts';

describe('toGrant()', () => {
  test.each([
    { aheadMs: 250, burst: 1, count: 1, waitMs: 250, spacingMs: 100 },
    { aheadMs: 0, burst: 1, count: 3, waitMs: 0, spacingMs: 100 },
    { aheadMs: -400, burst: 5, count: 5, waitMs: 0, spacingMs: 0 },
    { aheadMs: -400, burst: 5, count: 9, waitMs: 0, spacingMs: 50 },
    { aheadMs: -100, burst: 5, count: 1, waitMs: 0, spacingMs: 100 },
  ])('waits $waitMs ms and then $spacingMs ms each for $count, $aheadMs ms ahead', (row) => {
    const { waitMs, spacingMs, aheadMs, ...request } = row;

    const grant = toGrant(aheadMs, { ...request, requestsPerSecond: 10 });

    expect(grant).toEqual({ waitMs, spacingMs });
  });

  test('gives no token out before it is due', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5_000, max: 5_000, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0.1, max: 1_000, noNaN: true }),
        (aheadMs, count, requestsPerSecond) => {
          const request = { requestsPerSecond, burst: 10, count };

          const grant = toGrant(aheadMs, request);

          for (let token = 0; token < count; token += 1) {
            const due = aheadMs + token * pace(request).spacingMs;
            expect(grant.waitMs + token * grant.spacingMs).toBeGreaterThanOrEqual(due - 1e-6);
          }
          expect(grant.waitMs).toBeGreaterThanOrEqual(0);
          expect(grant.spacingMs).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
