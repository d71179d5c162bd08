import { createHash } from 'node:crypto';
import type { Listing } from '../../src/model/listing.ts';
import type { Operation } from '../../src/model/plan.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import type { Target } from '../../src/model/target.ts';

export const NOW = new Date('2026-06-01T00:00:00Z');
export const REPOSITORY: Target = { account: 'swr-north', path: 'shop/web' };
export const IMAGE: Target = { account: 'ims-north', path: '67e17426-359e-49fb-aa12-0bd1756ec240' };

/** A digest that is the same for the same label. */
export function digestOf(label: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(label).digest('hex')}`;
}

/** The time so many hours before NOW. */
export function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * 3_600_000);
}

/** A listed tag, a year old unless told. */
export function aTag(
  name: string,
  value: string | null,
  times: Partial<ListedTag> = {},
): ListedTag {
  return { name, value, createdAt: hoursAgo(8_760), updatedAt: hoursAgo(8_760), ...times };
}

/** A registry tag bound to the digest of a label; the name itself unless told. */
export function anImageTag(name: string, label = name, times: Partial<ListedTag> = {}): ListedTag {
  return aTag(name, digestOf(label), times);
}

/** Key-value tags as a listing shows them. */
export function labels(values: Readonly<Record<string, string>>): ListedTag[] {
  return Object.entries(values).map(([key, value]) => ({
    name: key,
    value,
    createdAt: null,
    updatedAt: null,
  }));
}

export function aListing(target: Target, tags: readonly ListedTag[]): Listing {
  return { target, tags };
}

/** What the operations make of the tags, one after the other; a copy reads its source at its turn. */
export function applyInMemory(
  tags: readonly ListedTag[],
  operations: readonly Operation[],
  now = NOW,
): ListedTag[] {
  const state = new Map(tags.map((tag) => [tag.name, tag]));
  for (const operation of operations) {
    const old = state.get(operation.tag);
    if (operation.type === 'delete') {
      state.delete(operation.tag);
      continue;
    }
    const source = operation.type === 'copy' ? state.get(operation.from) : null;
    const value = operation.type === 'copy' ? (source?.value ?? null) : operation.value;
    const times = { createdAt: old?.createdAt ?? now, updatedAt: now };
    state.set(operation.tag, { name: operation.tag, value, ...times });
  }
  return [...state.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Name to value. */
export function valuesOf(tags: readonly ListedTag[]): Record<string, string | null> {
  return Object.fromEntries(tags.map(({ name, value }) => [name, value]));
}
