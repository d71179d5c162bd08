import { createHash } from 'node:crypto';
import type { Listing } from '../model/listing.ts';
import type { Operation } from '../model/plan.ts';
import { byText } from './wish.ts';

/** The plan digest: over the target, the operations in order and every listed value. */
export function hashPlan(listing: Listing, operations: readonly Operation[]): `sha256:${string}` {
  const { account, path } = listing.target;
  const listed = listing.tags.map(({ name, value }) => JSON.stringify([name, value])).sort(byText);
  const canonical = JSON.stringify([[account, path], operations.map(canonicalOperation), listed]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

function canonicalOperation(operation: Operation): readonly (readonly [string, string | null])[] {
  return Object.entries(operation).sort(([left], [right]) => byText(left, right));
}
