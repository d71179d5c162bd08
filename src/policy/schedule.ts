import { CronExpressionParser } from 'cron-parser';
import { TextError } from './text-error.ts';

const CRON = 'five fields: minute hour day-of-month month day-of-week, such as "0 3 * * *"';
const ZONE = 'an IANA time zone, such as Asia/Shanghai or UTC';

function parseCron(text: string): string {
  const fault = { kind: 'cron expression', text, offset: 0, expected: CRON };
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    const problem = text.trim() === '' ? 'it is blank' : `it has ${fields.length} of 5 fields`;
    throw new TextError({ ...fault, problem });
  }
  // "H" would pick a random minute in every process.
  if (fields.some((field) => /\bH\b/i.test(field))) {
    throw new TextError({ ...fault, problem: '"H" is not supported' });
  }
  try {
    CronExpressionParser.parse(text, { tz: 'UTC' });
  } catch (cause) {
    const problem = String(cause).replace(/^Error: /, '');
    throw new TextError({ ...fault, problem });
  }
  return text;
}

function parseTimeZone(text: string): string {
  try {
    // Offsets such as +08:00 are accepted by Intl but know no daylight saving, so only names pass.
    if (/^[A-Za-z]/.test(text)) new Intl.DateTimeFormat('en', { timeZone: text });
    else throw new RangeError(text);
    return text;
  } catch {
    const problem = 'it is not a time zone';
    throw new TextError({ kind: 'time zone', text, offset: 0, problem, expected: ZONE });
  }
}

/** Checks the two texts of `schedule:`; both return what they were given and throw TextError. */
export const parseSchedule = { cron: parseCron, timeZone: parseTimeZone } as const;
