import { plausibleTimeMs } from '../age.ts';
import type { Entries, Scored } from './scored.ts';

export interface NewestQuery {
  readonly time: 'created' | 'updated';
  readonly now: Date;
}

/**
 * By the time the registry states; a tag whose time is missing, absurd or in the future is not comparable. The time
 * is the score, so nothing has to be sorted.
 */
export function scoreByTime({ tags, textOf }: Entries, { time, now }: NewestQuery): Scored[] {
  const scored: Scored[] = [];
  for (const tag of tags) {
    if (textOf(tag) === null) continue;
    const score = plausibleTimeMs(time === 'created' ? tag.createdAt : tag.updatedAt, now);
    if (score !== null) scored.push({ tag, score, version: null });
  }
  return scored;
}
