import { createHash } from 'node:crypto';
import type { TagSeed } from './seed.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DAY_MS = 86_400_000;

/** One container-image tag. A registry can be built on the same record. */
export interface TagRecord {
  readonly id: number;
  readonly name: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

let lastId = 0;

/** A digest as it is; any other label becomes the same made-up digest every time. */
export function digestOf(label: string): string {
  return DIGEST.test(label) ? label : `sha256:${createHash('sha256').update(label).digest('hex')}`;
}

/** Builds a record from a seed's tag: a digest, a label, or an object with times. */
export function createTagRecord(name: string, seed: TagSeed, nowMs: number): TagRecord {
  lastId += 1;
  if (typeof seed === 'string') {
    return { id: lastId, name, digest: digestOf(seed), createdAtMs: nowMs, updatedAtMs: nowMs };
  }
  const updatedAtMs =
    seed.updated === undefined ? nowMs - (seed.ageDays ?? 0) * DAY_MS : Date.parse(seed.updated);
  const createdAtMs = seed.created === undefined ? updatedAtMs : Date.parse(seed.created);
  return { id: lastId, name, digest: digestOf(seed.digest), createdAtMs, updatedAtMs };
}

/** Tag name to digest, as a plain object for assertions. */
export function digestsByName(tags: ReadonlyMap<string, TagRecord>): Record<string, string> {
  return Object.fromEntries([...tags].map(([name, tag]) => [name, tag.digest]));
}

/** ISO 8601 UTC without fractions, as the providers write it. */
export function renderTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
