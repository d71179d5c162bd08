import type { Notice } from '../model/notification.ts';

/** Notices in the order they came, bounded. */
export interface Waiting {
  readonly size: () => number;
  /** False: the line was full, so the oldest went. */
  add(notice: Notice): boolean;
  take(most: number): readonly Notice[];
  /** How many went since the last call. */
  takeDropped(): number;
}

/** Beyond this the oldest go. */
const MOST_WAITING = 2_000;

/** An empty line in memory. */
export function createWaiting(): Waiting {
  const notices: Notice[] = [];
  let dropped = 0;
  return {
    size: () => notices.length,
    add(notice) {
      notices.push(notice);
      if (notices.length <= MOST_WAITING) return true;
      notices.shift();
      dropped += 1;
      return false;
    },
    take: (most) => notices.splice(0, Math.min(most, notices.length)),
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
