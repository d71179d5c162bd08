import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../src/policy/schedule.ts';

describe('parseSchedule', () => {
  test.each(['0 3 * * *', '*/5 0-6 1,15 * MON-FRI', '  0 3 * * *  '])(
    'parseSchedule.cron() accepts %j',
    (text) => {
      expect(parseSchedule.cron(text)).toBe(text);
    },
  );

  test.each([
    ['', 'it is blank'],
    ['* * *', 'it has 3 of 5 fields'],
    ['0 0 3 * * *', 'it has 6 of 5 fields'],
    ['@daily', 'it has 1 of 5 fields'],
    ['H 3 * * *', '"H" is not supported'],
    ['61 3 * * *', 'expected range 0-59'],
    ['0 0 31 2 *', 'Invalid explicit day of month'],
    ['0 0 31 2,4 *', 'it names a time that never comes'],
    ['a b c d e', 'Invalid characters'],
  ])('parseSchedule.cron() refuses %j: %s', (text, problem) => {
    expect(() => parseSchedule.cron(text)).toThrow(problem);
  });

  test.each(['UTC', 'Asia/Shanghai', 'Europe/Berlin'])(
    'parseSchedule.timeZone() accepts %s',
    (text) => {
      expect(parseSchedule.timeZone(text)).toBe(text);
    },
  );

  test.each(['', '+08:00', 'Asia/Shanghay', 'local'])(
    'parseSchedule.timeZone() refuses %j',
    (text) => {
      expect(() => parseSchedule.timeZone(text)).toThrow('it is not a time zone');
    },
  );
});
