import { describe, expect, test } from 'vitest';
import { createRequestLimit } from '../../src/simulator/request-limit.ts';

const SUBJECT = { service: 'ims', operation: 'ListImages', target: '' } as const;

function aLimit(changes: Partial<Parameters<typeof createRequestLimit>[0]> = {}) {
  const clock = { ms: 0 };
  const limit = createRequestLimit({ requestsPerSecond: 10, burst: 3, ...changes }, () => clock.ms);
  const pass = (count: number): number =>
    Array.from({ length: count }, () => limit(SUBJECT)).filter((fault) => fault === null).length;
  return { clock, limit, pass };
}

describe('createRequestLimit()', () => {
  test('lets the burst through at once and the rest at the rate', () => {
    const { clock, pass } = aLimit();

    const first = pass(10);
    clock.ms += 200;
    const second = pass(10);
    clock.ms += 60_000;

    expect([first, second, pass(10)]).toEqual([3, 2, 3]);
  });

  test('refuses as the gateway does, and says how long to wait when it is to', () => {
    const { limit, pass } = aLimit({ retryAfterS: 2 });
    const { limit: silent, pass: passSilent } = aLimit();

    pass(3);
    passSilent(3);

    expect(limit(SUBJECT)).toEqual({ kind: '429', retryAfterS: 2 });
    expect(silent(SUBJECT)).toEqual({ kind: '429', retryAfterS: undefined });
  });

  test('counts only the service it is for', () => {
    const { limit, pass } = aLimit({ service: 'swr' });

    expect(pass(100)).toBe(100);
    expect(limit({ ...SUBJECT, service: 'swr' })).toBeNull();
  });
});
