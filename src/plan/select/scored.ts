import type { ListedTag } from '../../model/tag.ts';
import type { Version } from '../../policy/semver.ts';

/** Tags by name, and the text of each one that is compared. */
export interface Entries {
  readonly tags: readonly ListedTag[];
  /** Null: the tag is not asked for. */
  readonly textOf: (tag: ListedTag) => string | null;
}

/** A tag with its place among the others: a higher score is better, an equal one cannot be told apart. */
export interface Scored {
  readonly tag: ListedTag;
  readonly score: number;
  /** What the text reads as where versions are compared; null elsewhere. */
  readonly version: Version | null;
}

/** How one kind of selection reads and compares tags. */
export interface Yardstick<Key> {
  /** Null: this text cannot be compared. */
  readonly read: (text: string) => Key | null;
  readonly compare: (left: Key, right: Key) => number;
  readonly version: (key: Key) => Version | null;
}

/** Places the comparable tags; equal ones stay in the order of the entries. */
export function scoreWith<Key>(
  { tags, textOf }: Entries,
  { read, compare, version }: Yardstick<Key>,
): Scored[] {
  const keyed: { readonly key: Key; readonly tag: ListedTag }[] = [];
  for (const tag of tags) {
    const text = textOf(tag);
    const key = text === null ? null : read(text);
    if (key !== null) keyed.push({ key, tag });
  }
  keyed.sort((left, right) => compare(right.key, left.key));

  let score = keyed.length;
  let previous: Key | null = null;
  return keyed.map(({ key, tag }) => {
    if (previous !== null && compare(previous, key) !== 0) score -= 1;
    previous = key;
    return { tag, score, version: version(key) };
  });
}

/** For selections that compare no versions. */
export function noVersion(): null {
  return null;
}
