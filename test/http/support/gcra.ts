import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenGrant } from '../../../src/http/shared-tokens.ts';

/** A budget that several limiters of a test draw from: one request every `1 / rate` seconds, no burst. */
export interface SharedRate {
  readonly reserve: (count: number) => Promise<TokenGrant>;
  /** Sizes of the batches asked for. */
  readonly batches: readonly number[];
}

/** `latencyMs` is the round trip, half before the budget decides and half after. */
export function createSharedRate(
  requestsPerSecond: number,
  latencyMs: () => number = () => 0,
): SharedRate {
  const spacingMs = 1_000 / requestsPerSecond;
  const batches: number[] = [];
  let nextMs = 0;
  return {
    batches,
    async reserve(count) {
      batches.push(count);
      const halfMs = latencyMs() / 2;
      await sleep(halfMs);
      const nowMs = performance.now();
      const firstMs = Math.max(nextMs, nowMs);
      nextMs = firstMs + count * spacingMs;
      await sleep(halfMs);
      return { waitMs: firstMs - nowMs, spacingMs };
    },
  };
}

/** The most moments that lie within one second, wherever it begins. */
export function mostPerSecond(moments: readonly number[]): number {
  const sorted = moments.toSorted((left, right) => left - right);
  let first = 0;
  let most = 0;
  for (const [index, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
