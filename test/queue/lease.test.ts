import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { createLeaseBook } from '../../src/queue/lease.ts';

const RUN = { jobId: '7', token: 'w:1' };
const OTHER = { jobId: '7', token: 'w:2' };

function aBook() {
  const clock = { wallMs: 1_000_000, monotonicMs: 500 };
  const book = createLeaseBook({
    lockDurationMs: 30_000,
    now: () => new Date(clock.wallMs),
    monotonicMs: () => clock.monotonicMs,
  });
  const pass = (ms: number) => {
    clock.wallMs += ms;
    clock.monotonicMs += ms;
  };
  return { book, clock, pass, taken: () => new Date(clock.wallMs) };
}

const LIVE = new AbortController().signal;

function codeOf(check: () => void): unknown {
  try {
    check();
    return null;
  } catch (error) {
    return error instanceof ReconcileError ? error.code : error;
  }
}

describe('createLeaseBook()', () => {
  test.each([
    { heldMs: 0, holds: true },
    { heldMs: 22_500, holds: true },
    { heldMs: 22_501, holds: false },
    { heldMs: 60_000, holds: false },
  ])('check() after $heldMs ms of a 30 s lock holds: $holds', ({ heldMs, holds }) => {
    const { book, pass, taken } = aBook();
    const lease = book.open(RUN, taken());
    pass(heldMs);

    expect(codeOf(() => lease.check(LIVE))).toBe(holds ? null : 'CANCELLED');
  });

  test('check() counts the time between taking the lock and the first line of the pass', () => {
    const { book, pass, taken } = aBook();
    const before = taken();
    pass(23_000);

    const lease = book.open(RUN, before);

    expect(() => lease.check(LIVE)).toThrow('its lock was not renewed in time');
  });

  test('check() does not trust a wall clock that was set back', () => {
    const { book, clock, taken } = aBook();
    const lease = book.open(RUN, taken());
    clock.monotonicMs += 23_000;
    clock.wallMs -= 3_600_000;

    expect(() => lease.check(LIVE)).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
  });

  test('renew() counts from when the request was sent, not from when its reply was read', () => {
    const { book, clock, pass, taken } = aBook();
    const lease = book.open(RUN, taken());
    const sentAtMs = clock.monotonicMs;
    pass(40_000);

    book.renew([RUN], sentAtMs);

    expect(() => lease.check(LIVE)).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
  });

  test('renew() prolongs the run it names and no other run of the same job', () => {
    const { book, clock, pass, taken } = aBook();
    const lost = book.open(RUN, taken());
    const held = book.open(OTHER, taken());
    pass(20_000);
    book.renew([OTHER], clock.monotonicMs);
    pass(20_000);

    expect(() => held.check(LIVE)).not.toThrow();
    expect(() => lost.check(LIVE)).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
  });

  test('check() throws once the signal is aborted or the pass is over', () => {
    const { book, clock, taken } = aBook();
    const lease = book.open(RUN, taken());

    expect(() => lease.check(AbortSignal.abort('stop'))).toThrow('the run was stopped');
    lease.close();
    book.renew([RUN], clock.monotonicMs);
    expect(() => lease.check(LIVE)).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
  });
});
