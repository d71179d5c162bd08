import { TextError } from './text-error.ts';

const SHAPE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/;
const EXPECTED = 'a UTC date such as 2026-12-31, or a timestamp such as 2026-12-31T18:00:00Z';

/** `2026-12-31` (its first moment) or `2026-12-31T18:00:00Z`; both UTC. Throws TextError. */
export function parseTime(text: string): Date {
  const fault = { kind: 'time', text, offset: 0, expected: EXPECTED };
  if (!SHAPE.test(text)) throw new TextError({ ...fault, problem: 'it is not a UTC time' });
  const time = new Date(text);
  // The 30th of February reads as a day in March.
  const exists = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 10));
  if (!exists) throw new TextError({ ...fault, problem: 'there is no such day or hour' });
  return time;
}
