import type { Pause } from '../model/pause.ts';
import type { DeleteBudget } from './delete-budget.ts';

/** When a fleet stops deleting. */
export interface FleetDeleteLimits {
  readonly maxDeletesPerHour: number;
  /** 0–100, of all tags the store knows; 100: no limit by share. */
  readonly maxFleetDeletePercent: number;
}

/** What all workers of a fleet count and hold together: the part of the store that the budget needs. */
export interface FleetBook {
  takeDeletes(
    count: number,
    limits: { readonly maxPerHour: number; readonly maxPercent: number },
  ): Promise<boolean>;
  pauses(): Promise<readonly Pause[]>;
  pause(pause: Pause): Promise<void>;
}

/**
 * One budget for all workers. The first delete over it pauses the deletes of the whole fleet: the window empties by itself
 * after an hour, the pause stays until a person ends it. Throws what the book throws when it does not answer.
 */
export function createFleetDeletes(
  book: FleetBook,
  limits: FleetDeleteLimits,
  now: () => Date,
): DeleteBudget {
  const { maxDeletesPerHour, maxFleetDeletePercent } = limits;
  const figures =
    maxFleetDeletePercent >= 100
      ? `guards.maxDeletesPerHour (${maxDeletesPerHour})`
      : `guards.maxDeletesPerHour (${maxDeletesPerHour}) or guards.maxFleetDeletePercent (${maxFleetDeletePercent} % of all known tags)`;
  const reason = `the deletes of all workers within one hour reached ${figures}`;
  return {
    limit: `${reason}, wanted a person to look: when they are meant, tagwarden resume --deletes lets as many go again`,
    async take() {
      const granted = await book.takeDeletes(1, {
        maxPerHour: maxDeletesPerHour,
        maxPercent: maxFleetDeletePercent,
      });
      if (!granted) await hold(book, { reason, since: now() });
      return granted;
    },
  };
}

/** A pause that is there already says since when and by whom; it stays. */
async function hold(book: FleetBook, pause: Pick<Pause, 'reason' | 'since'>): Promise<void> {
  const pauses = await book.pauses();
  if (pauses.some(({ scope }) => scope.type === 'deletes')) return;
  await book.pause({ ...pause, scope: { type: 'deletes' }, by: 'guard' });
}
