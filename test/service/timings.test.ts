import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/model/policy.ts';
import { timingsOf } from '../../src/service/timings.ts';

/** A Monday: the weekend is far away. */
const NOW = new Date('2026-06-29T10:00:00Z');
const HOUR_MS = 3_600_000;

function cron(text: string): Schedule {
  return { type: 'cron', cron: text, timeZone: 'UTC' };
}

describe('timingsOf()', () => {
  test.each([
    ['its interval', { type: 'interval', intervalMs: 600_000 } satisfies Schedule, 600_000],
    ['the one gap of a daily tick', cron('0 3 * * *'), 24 * HOUR_MS],
    ['the weekend of a tick on working days', cron('0 3 * * 1-5'), 72 * HOUR_MS],
    [
      'the night between ticks every five minutes by day',
      cron('*/5 9-17 * * *'),
      15 * HOUR_MS + 300_000,
    ],
    [
      'the weekend of ticks every five minutes of working days',
      cron('*/5 8-17 * * 1-5'),
      62 * HOUR_MS + 300_000,
    ],
    ['five minutes for ticks every five minutes', cron('*/5 * * * *'), 300_000],
    ['the month of a monthly tick', cron('0 0 2 * *'), 31 * 24 * HOUR_MS],
  ])('timingsOf() gives %s', (_, schedule, intervalMs) => {
    const policy = { name: 'shop', mode: 'sync', schedule, suspend: false } as const;

    expect(timingsOf([policy], NOW)).toEqual([{ policy: 'shop', mode: 'sync', intervalMs }]);
  });

  test('timingsOf() leaves suspended policies out: nobody comes back to their targets', () => {
    const schedule = { type: 'interval', intervalMs: 600_000 } as const;
    const policies = [
      { name: 'held', mode: 'sync', schedule, suspend: true },
      { name: 'look', mode: 'observe', schedule, suspend: false },
    ] as const;

    expect(timingsOf(policies, NOW)).toEqual([
      { policy: 'look', mode: 'observe', intervalMs: 600_000 },
    ]);
  });
});
