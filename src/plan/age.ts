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

/** True only when the tag is known to be at least this old. */
export function isOlderThan(tag: ListedTag, ageMs: number, now: Date): boolean {
  const ms = boundAtMs(tag, now);
  return ms !== null && now.getTime() - ms >= ageMs;
}
