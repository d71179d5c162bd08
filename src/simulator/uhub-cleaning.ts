import type { Switches } from './switches.ts';
import type { UhubImageRecord } from './uhub-store.ts';

const MAX_TAGS = 800;
const UNUSED_MS = 30 * 86_400_000;

/** Background deletion above 800 tags: names not used for a month, oldest first. */
export function cleanUhubImage(
  { tags }: UhubImageRecord,
  { autoClean }: Switches['uhub'],
  nowMs: number,
): void {
  if (!autoClean || tags.size <= MAX_TAGS) return;
  const unused = [...tags.values()]
    .filter(({ updatedAtMs }) => nowMs - updatedAtMs > UNUSED_MS)
    .toSorted((a, b) => a.updatedAtMs - b.updatedAtMs);
  for (const { name } of unused.slice(0, tags.size - MAX_TAGS)) tags.delete(name);
}
