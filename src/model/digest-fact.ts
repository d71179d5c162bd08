/** What a manifest says about itself. Content addressed, so it never changes and may be kept for as long as there is room. */
export interface DigestFact {
  readonly digest: string;
  readonly mediaType: string;
  /** When the image was built, as its config states it; null: not stated. */
  readonly createdAt: Date | null;
  /** `os/architecture` or `os/architecture/variant`, sorted; null: not known, empty: it runs nowhere. */
  readonly platforms: readonly string[] | null;
  readonly artifactType: string | null;
  /** Digest of the manifest it refers to; null: it stands for itself. */
  readonly subject: string | null;
  /** Digests of the images of an index; empty: it is none. Null: they cannot be told, such as those of an index in it. */
  readonly children: readonly string[] | null;
}

/** Where adapters keep facts between passes and processes. Losing it costs requests, never a tag. */
export interface DigestFactStore {
  /** Those that are known; the others have to be read. */
  getFacts(digests: readonly string[]): Promise<ReadonlyMap<string, DigestFact>>;
  putFacts(facts: readonly DigestFact[]): Promise<void>;
}
