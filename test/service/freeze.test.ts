import { describe, expect, test } from 'vitest';
import type { FreezeWindow } from '../../src/config/schema-pause.ts';
import { WEEKDAYS } from '../../src/config/schema-pause.ts';
import { isFrozen } from '../../src/service/freeze.ts';

function window(overrides: Partial<FreezeWindow>): FreezeWindow {
  return { days: WEEKDAYS, from: '09:00', to: '17:00', timeZone: 'UTC', ...overrides };
}

/** Every minute of the time at which the window is in force, as `first..last`. */
function frozen(freeze: FreezeWindow, from: string, to: string): string {
  const minutes: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += 60_000)
    if (isFrozen(freeze, new Date(at))) minutes.push(new Date(at).toISOString().slice(5, 16));
  const spanMs = (minutes.length - 1) * 60_000;
  const [first = 'never', last = 'never'] = [minutes[0], minutes.at(-1)];
  const gap = Date.parse(`2026-${last}Z`) - Date.parse(`2026-${first}Z`) - spanMs;
  return gap > 0 ? `${first}..${last} with gaps` : `${first}..${last}`;
}

describe('isFrozen()', () => {
  test.each([
    { at: '2026-06-03T08:59:59.999Z', is: false },
    { at: '2026-06-03T09:00:00.000Z', is: true },
    { at: '2026-06-03T16:59:59.999Z', is: true },
    { at: '2026-06-03T17:00:00.000Z', is: false },
  ])('isFrozen() holds from the first moment up to the last: $is at $at', ({ at, is }) => {
    expect(isFrozen(window({}), new Date(at))).toBe(is);
  });

  test('isFrozen() goes by the day on which the window begins, also after midnight', () => {
    const night = window({ days: ['fri'], from: '22:00', to: '06:00' });

    expect(frozen(night, '2026-06-01T00:00:00Z', '2026-06-08T00:00:00Z')).toBe(
      '06-05T22:00..06-06T05:59',
    );
  });

  test('isFrozen() takes 00:00 to 24:00 for a whole day', () => {
    const sunday = window({ days: ['sun'], from: '00:00', to: '24:00' });

    expect(frozen(sunday, '2026-06-05T00:00:00Z', '2026-06-09T00:00:00Z')).toBe(
      '06-07T00:00..06-07T23:59',
    );
  });

  test('isFrozen() reads days and hours off the clocks of the zone', () => {
    const monday = window({ days: ['mon'], from: '00:00', to: '08:00', timeZone: 'Asia/Shanghai' });

    expect(frozen(monday, '2026-05-30T00:00:00Z', '2026-06-04T00:00:00Z')).toBe(
      '05-31T16:00..05-31T23:59',
    );
  });

  // Berlin: 2026-03-29 01:00Z clocks jump from 02:00 to 03:00, 2026-10-25 01:00Z back from 03:00 to 02:00.
  test.each([
    {
      what: 'the usual winter day',
      from: '02:30',
      to: '04:00',
      day: '03-28',
      span: '03-28T01:30..03-28T02:59',
    },
    {
      what: 'a begin that is skipped',
      from: '02:30',
      to: '04:00',
      day: '03-29',
      span: '03-29T00:30..03-29T01:59',
    },
    {
      what: 'an end that is skipped',
      from: '01:00',
      to: '02:30',
      day: '03-29',
      span: '03-29T00:00..03-29T01:29',
    },
    {
      what: 'a window over the jump',
      from: '01:00',
      to: '04:00',
      day: '03-29',
      span: '03-29T00:00..03-29T01:59',
    },
    {
      what: 'a begin that comes twice',
      from: '02:30',
      to: '04:00',
      day: '10-25',
      span: '10-25T00:30..10-25T02:59',
    },
    {
      what: 'an end that comes twice',
      from: '01:00',
      to: '02:30',
      day: '10-25',
      span: '10-24T23:00..10-25T01:29',
    },
    {
      what: 'both twice',
      from: '02:10',
      to: '02:40',
      day: '10-25',
      span: '10-25T00:10..10-25T01:39',
    },
  ])('isFrozen() never thaws early when clocks change: $what', ({ from, to, day, span }) => {
    const freeze = window({ from, to, timeZone: 'Europe/Berlin' });
    const noon = Date.parse(`2026-${day}T12:00:00Z`);

    const found = frozen(
      freeze,
      new Date(noon - 14 * 3_600_000).toISOString(),
      new Date(noon - 6 * 3_600_000).toISOString(),
    );

    expect(found).toBe(span);
  });
});
