import type { ListedTag } from '../../model/tag.ts';
import type { Version } from '../../policy/semver.ts';

/** A tag and the text of it that is compared. */
export interface Entry {
  readonly tag: ListedTag;
  readonly text: string;
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
  /** Null: this tag cannot be compared. */
  readonly read: (entry: Entry) => Key | null;
  readonly compare: (left: Key, right: Key) => number;
  readonly version: (key: Key) => Version | null;
}

/** Places the comparable tags, best first; equal ones stay in the order of the entries, which is by name. */
export function scoreWith<Key>(
  entries: readonly Entry[],
  { read, compare, version }: Yardstick<Key>,
): Scored[] {
  const keyed: { readonly key: Key; readonly tag: ListedTag }[] = [];
  for (const entry of entries) {
    const key = read(entry);
    if (key !== null) keyed.push({ key, tag: entry.tag });
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
