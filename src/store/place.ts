import { ReconcileError } from '../model/errors.ts';
import { type Target, targetKey } from '../model/target.ts';

/** Digits of a time in milliseconds, so that the order of texts is the order of times until the year 5138. */
const TIME_DIGITS = 14;
const CURSOR = /^(\d{14}) (.+)$/s;

/** A run's place in the list of runs, as text that sorts by start and id. */
export function runPlace(startedAt: Date, id: string): string {
  return `${timePlace(startedAt)} ${id}`;
}

/** Sorts before every run that started then or later. */
export function timePlace(time: Date): string {
  return String(time.getTime()).padStart(TIME_DIGITS, '0');
}

/** Throws CONFIG_INVALID when `place` is no cursor that `runPlace` made. */
export function parseRunPlace(place: string): { readonly startedAt: Date; readonly id: string } {
  const [, time, id] = CURSOR.exec(place) ?? [];
  if (time !== undefined && id !== undefined) return { startedAt: new Date(Number(time)), id };
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot list runs after "${place}": it is no cursor, expected the "next" of an earlier page`,
  );
}

/** The target of a `targetKey`; no account name holds a slash. */
export function parseTargetKey(key: string): Target {
  const slash = key.indexOf('/');
  return { account: key.slice(0, slash), path: key.slice(slash + 1) };
}

/** Names a target in an error message. */
export function quote(target: Target): string {
  return `"${targetKey(target)}"`;
}

/** Order of bytes, as in both databases. */
export function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
