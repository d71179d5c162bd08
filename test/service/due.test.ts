import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/model/policy.ts';
import { dueAt } from '../../src/service/due.ts';

const cron = (text: string, timeZone = 'UTC'): Schedule => ({ type: 'cron', cron: text, timeZone });
const every = (intervalMs: number): Schedule => ({ type: 'interval', intervalMs });

describe('dueAt()', () => {
  test.each([
    { what: 'an interval', schedules: [every(60_000)], due: '2026-06-01T12:03:00.000Z' },
    {
      what: 'the shortest of several intervals',
      schedules: [every(3_600_000), every(60_000), cron('0 3 * * *')],
      due: '2026-06-01T12:03:00.000Z',
    },
    {
      what: 'three gaps of an hourly cron',
      schedules: [cron('30 * * * *')],
      due: '2026-06-01T15:00:00.000Z',
    },
    {
      what: 'three of the next gap of an uneven cron',
      schedules: [cron('0 13 1,20,28 * *')],
      due: '2026-07-28T12:00:00.000Z',
    },
  ])('dueAt() counts $what', ({ schedules, due }) => {
    const policies = schedules.map((schedule) => ({ schedule }));

    expect(dueAt(policies, new Date('2026-06-01T12:00:00Z'))?.toISOString()).toBe(due);
  });

  test('dueAt() waits for the third tick after Friday, although Monday is one gap from Tuesday', () => {
    const policies = [{ schedule: cron('0 3 * * 1-5') }];

    const due = dueAt(policies, new Date('2026-06-05T04:00:00Z'));

    expect(due?.toISOString()).toBe('2026-06-10T03:00:00.000Z');
  });

  test('dueAt() goes on with the clock, and back with it', () => {
    const policies = [{ schedule: cron('30 * * * *') }];

    const due = ['12:29', '12:30', '13:31', '11:00'].map((time) =>
      dueAt(policies, new Date(`2026-06-01T${time}:00Z`))
        ?.toISOString()
        .slice(11, 16),
    );

    expect(due).toEqual(['15:29', '15:30', '16:31', '14:00']);
  });

  test('dueAt() does not work a cron expression out anew for each target of a sweep', () => {
    const policies = [{ schedule: cron('0 3 * * *', 'Asia/Shanghai') }];
    const before = process.cpuUsage();

    for (let target = 0; target < 2_000; target += 1)
      dueAt(policies, new Date(Date.parse('2026-06-01T12:00:00Z') + target));

    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
  });

  test('dueAt() is never for a target no policy asks for', () => {
    expect(dueAt([], new Date('2026-06-01T12:00:00Z'))).toBeNull();
  });
});
