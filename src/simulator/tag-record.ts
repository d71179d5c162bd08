import type { TagSeed } from './seed.ts';

export { digestOf } from './oci-image.ts';

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

/** Builds a record with the times of a seed's tag, and the digest found for it. */
export function createTagRecord({
  name,
  digest,
  seed,
  nowMs,
}: {
  readonly name: string;
  readonly digest: string;
  readonly seed: TagSeed;
  readonly nowMs: number;
}): TagRecord {
  lastId += 1;
  if (typeof seed === 'string') {
    return { id: lastId, name, digest, createdAtMs: nowMs, updatedAtMs: nowMs };
  }
  const updatedAtMs =
    seed.updated === undefined ? nowMs - (seed.ageDays ?? 0) * DAY_MS : Date.parse(seed.updated);
  const createdAtMs = seed.created === undefined ? updatedAtMs : Date.parse(seed.created);
  return { id: lastId, name, digest, createdAtMs, updatedAtMs };
}

/** Tag name to digest, as a plain object for assertions. */
export function digestsByName(tags: ReadonlyMap<string, TagRecord>): Record<string, string> {
  return Object.fromEntries([...tags].map(([name, tag]) => [name, tag.digest]));
}

/** ISO 8601 UTC without fractions, as the providers write it. */
export function renderTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
