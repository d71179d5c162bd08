/** A name bound to a value at a target: a label on a VM image, or a tag in a registry. */
export interface Tag {
  readonly name: string;
  /** Label text, or manifest digest `sha256:…`; null when the provider does not tell the digest. */
  readonly value: string | null;
}

/** A tag as a listing shows it, with the times the provider states (null: not stated or not readable). */
export interface ListedTag extends Tag {
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** When tagwarden first saw this name with this value; null or absent: not known. */
  readonly firstSeenAt?: Date | null;
  /** Platforms of the content, as `linux/arm64` or `linux/arm/v7`; null or absent: not known. */
  readonly platforms?: readonly string[] | null;
}

/** The two kinds of tags tagwarden knows: key-value labels and registry tags. */
export type TagKind = 'resource' | 'image';
