import { type CronExpression, CronExpressionParser } from 'cron-parser';
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
  const parsed = readCron(text);
  if (typeof parsed === 'string') throw new TextError({ ...fault, problem: parsed });
  if (!comes(parsed))
    throw new TextError({ ...fault, problem: 'it names a time that never comes' });
  return text;
}

/** The expression, or what is wrong with it. */
function readCron(text: string): CronExpression | string {
  try {
    return CronExpressionParser.parse(text, { tz: 'UTC', currentDate: new Date(0) });
  } catch (cause) {
    return String(cause).replace(/^Error: /, '');
  }
}

/** False for the 31st of months that have none: whoever asked when it is next would get an error. */
function comes(expression: CronExpression): boolean {
  try {
    expression.next();
    return true;
  } catch {
    return false;
  }
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
