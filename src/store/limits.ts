import type { BudgetGrant, BudgetRequest } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Crashes count this long. */
export const CRASH_WINDOW_MS = HOUR_MS;
/** Their ids are known for longer, so that one is not counted twice. */
export const CRASH_MEMORY_MS = DAY_MS;
/** Ids kept per target, the newest. */
export const MAX_CRASHES = 100;
/** Deaths of processes kept for the whole fleet, the newest. */
export const MAX_DEATHS = 1_000;
/** First-seen times of a target that is not asked for any more. */
export const FIRST_SEEN_MS = 90 * DAY_MS;
/**
 * A record of a newer release is kept this long after that release's last pass over the target. Then it has gone, as after
 * a roll back, and this release takes the target over.
 */
export const NEWER_RECORD_MS = DAY_MS;
/** A backend may learn new tricks: it is asked again after this. */
export const LEARNED_MS = 30 * DAY_MS;
/** Deliveries of webhooks that were accepted. */
export const DELIVERY_MS = DAY_MS;
/** A delivery that is being accepted; whoever claimed it may have died over it. */
export const DELIVERY_CLAIM_MS = 30_000;
/** Facts of digests that nobody asked for; they are read again when somebody does. */
export const FACT_MS = 30 * DAY_MS;
/** Facts kept at a time, those asked for last. */
export const MAX_FACTS = 200_000;
/** A fact that is asked for again within this is not marked as used again. */
export const FACT_TOUCH_MS = DAY_MS;
/** Facts of one statement; more are several round trips. */
export const FACT_CHUNK = 1_000;
/** Deliveries known at a time, the newest. */
export const MAX_DELIVERIES = 100_000;
/** Deletes are counted per minute of the store's clock; a minute that is partly within the hour counts whole. */
export const DELETE_BUCKET_MS = 60_000;
export const DELETE_BUCKETS = 60;
const LONGEST_QUEUE_MS = 60_000;
const LONGEST_QUEUE = 100;
/** No share of the tags is smaller than this many deletes an hour. */
export const MIN_DELETES = 100;

/** Time from one request to the next, and how far requests may run ahead of that pace. */
export function pace(request: BudgetRequest): { spacingMs: number; toleranceMs: number } {
  const spacingMs = 1_000 / request.requestsPerSecond;
  return { spacingMs, toleranceMs: spacingMs * Math.max(0, request.burst - 1) };
}

/** So far ahead of the pace no number of callers gets: the clock of the store was set back. */
export function longestAheadMs(request: BudgetRequest): number {
  return LONGEST_QUEUE_MS + LONGEST_QUEUE * request.count * pace(request).spacingMs;
}

/**
 * `aheadMs`: when the first of the tokens is due by the pace, from now; negative when a burst was saved up. The tokens
 * are spread evenly so that none is used before it is due.
 */
export function toGrant(aheadMs: number, request: BudgetRequest): BudgetGrant {
  const { spacingMs } = pace(request);
  const waitMs = Math.max(0, aheadMs);
  if (request.count <= 1) return { waitMs, spacingMs };
  const steps = request.count - 1;
  return { waitMs, spacingMs: (Math.max(0, aheadMs + steps * spacingMs) - waitMs) / steps };
}
