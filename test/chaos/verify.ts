import type { JournalEntry } from '../../src/simulator/journal.ts';
import { type Justified, writeKey } from './fleet.ts';

/** What a run came to, worked out from the simulator's final state and its journal. */
export interface Verdict {
  /** Targets that are not as the policies say. */
  readonly lost: readonly string[];
  /** Writes carried out that no policy called for, or with another value. */
  readonly unexpected: readonly string[];
  /** Writes carried out beyond the minimum. */
  readonly duplicated: number;
  readonly executed: number;
  /** Fewest writes that reach the desired state. */
  readonly minimum: number;
}

export interface Evidence {
  readonly lost: readonly string[];
  readonly executed: readonly JournalEntry[];
  readonly justified: Justified;
  readonly minimum: number;
}

/** Judges the writes of a run. */
export function judge({ lost, executed, justified, minimum }: Evidence): Verdict {
  return {
    lost,
    unexpected: executed.filter((entry) => !isJustified(entry, justified)).map(describeWrite),
    duplicated: Math.max(0, executed.length - minimum),
    executed: executed.length,
    minimum,
  };
}

function isJustified({ target, key, after }: JournalEntry, justified: Justified): boolean {
  const wanted = justified.get(writeKey(target, key ?? ''));
  return wanted !== undefined && wanted === after;
}

/** One line that names a write, with what it replaced. */
export function describeWrite(entry: JournalEntry): string {
  const { target, operation, key, before, after, fault } = entry;
  return `${target} ${operation} ${key ?? ''}: ${before ?? 'free'} -> ${after ?? 'free'} (${fault ?? 'no fault'})`;
}

/** Writes that were carried out although the name already was what they make it. */
export function redundantWrites(executed: readonly JournalEntry[]): readonly string[] {
  return executed.filter(({ before, after }) => before === after).map(describeWrite);
}
