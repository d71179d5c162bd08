import { plausibleTimeMs } from '../age.ts';
import { type Entry, noVersion, type Scored, scoreWith } from './scored.ts';

export interface NewestQuery {
  readonly time: 'created' | 'updated';
  readonly now: Date;
}

/** By the time the registry states; a tag whose time is missing, absurd or in the future is not comparable. */
export function scoreByTime(entries: readonly Entry[], { time, now }: NewestQuery): Scored[] {
  return scoreWith(entries, {
    read: ({ tag }) => plausibleTimeMs(time === 'created' ? tag.createdAt : tag.updatedAt, now),
    compare: (left, right) => left - right,
    version: noVersion,
  });
}
