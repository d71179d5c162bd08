import type { PolicySet } from '../model/policy.ts';

/** The policies as they are read, and which ones this process has left behind. */
export interface Revisions {
  readonly current: () => PolicySet;
  /** True: this process had that revision and went on from it at `since` or later. */
  readonly isPast: (revision: string, since: Date) => boolean;
}

/** Enough for changes that follow each other faster than jobs made for them are read. */
const REMEMBERED = 100;

/** A revision is noted when it is read, so whoever changes the policies has them read again. */
export function createRevisions(read: () => PolicySet, now: () => Date): Revisions {
  const leftAt = new Map<string, number>();
  let last: string | null = null;
  const current = () => {
    const set = read();
    if (last !== null && last !== set.revision) {
      // Set anew, so that the map stays in the order in which they were left.
      leftAt.delete(last);
      leftAt.set(last, now().getTime());
      for (const oldest of [...leftAt.keys()].slice(0, -REMEMBERED)) leftAt.delete(oldest);
    }
    last = set.revision;
    return set;
  };
  return {
    current,
    isPast(revision, since) {
      const leftMs = current().revision === revision ? undefined : leftAt.get(revision);
      return leftMs !== undefined && leftMs >= since.getTime();
    },
  };
}
