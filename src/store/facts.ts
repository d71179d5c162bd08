import type { DigestFact } from '../model/digest-fact.ts';
import { decode, encode } from './codec.ts';
import { FACT_CHUNK } from './limits.ts';
import { FactSchema } from './schemas.ts';

/** A fact as both stores keep it, under its digest. */
export function encodeFact({
  mediaType,
  createdAt,
  platforms,
  artifactType,
  subject,
  children,
}: DigestFact): string {
  return encode({ mediaType, createdAt, platforms, artifactType, subject, children });
}

/** Null: nothing was kept, or another release wrote it. */
export function decodeFact(digest: string, text: string | null): DigestFact | null {
  const fact = decode(FactSchema, text);
  return fact === null ? null : { digest, ...fact };
}

/** In pieces that one statement takes; each digest once, as SQL refuses to write a row twice. */
export function inChunks<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly (readonly Item[])[] {
  const unique = [...new Map(items.map((item) => [keyOf(item), item])).values()];
  return Array.from({ length: Math.ceil(unique.length / FACT_CHUNK) }, (_none, at) =>
    unique.slice(at * FACT_CHUNK, (at + 1) * FACT_CHUNK),
  );
}
