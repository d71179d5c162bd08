import type { AgeBy } from '../model/policy.ts';
import type { ListedTag } from '../model/tag.ts';

/** Registries state year 1 or the epoch for "unknown"; no container tag is older than this. */
const FIRST_PLAUSIBLE_MS = Date.UTC(2000, 0, 1);

/** The time in milliseconds; null when it is missing, absurd or in the future, so nothing may be concluded from it. */
export function plausibleTimeMs(time: Date | null, now: Date): number | null {
  const ms = time?.getTime() ?? Number.NaN;
  return ms >= FIRST_PLAUSIBLE_MS && ms <= now.getTime() ? ms : null;
}

/** When the tag was last bound, as far as the provider tells it credibly. */
export function boundAtMs(tag: ListedTag, now: Date): number | null {
  return plausibleTimeMs(tag.updatedAt ?? tag.createdAt, now);
}

/** When the age of the tag begins; null: not credibly known. */
export function ageStartMs(tag: ListedTag, by: AgeBy, now: Date): number | null {
  switch (by) {
    case 'stated':
      return boundAtMs(tag, now);
    case 'created':
      return plausibleTimeMs(tag.createdAt, now);
    case 'first-seen':
      return plausibleTimeMs(tag.firstSeenAt ?? null, now);
  }
}

/** How old a tag has to be, and counted from when. */
export interface Age {
  readonly ms: number;
  readonly by: AgeBy;
}

/** True only when the tag is known to be at least this old. */
export function isOlderThan(tag: ListedTag, age: Age, now: Date): boolean {
  const ms = ageStartMs(tag, age.by, now);
  return ms !== null && now.getTime() - ms >= age.ms;
}

/** What an age is counted from, in words that go before a time. */
export function ageWord(tag: ListedTag, by: AgeBy): 'created' | 'updated' | 'first seen' {
  if (by === 'first-seen') return 'first seen';
  return by === 'created' || tag.updatedAt === null ? 'created' : 'updated';
}
