import type { ListedTag } from '../../model/tag.ts';
import type { Attributes } from '../../model/target.ts';
import { byText } from '../wish.ts';

/** A tag and the text of it that is compared. */
export interface Entry {
  readonly tag: ListedTag;
  readonly text: string;
}

/** A tag with its place among the others: a higher score is better, an equal one cannot be told apart. */
export interface Scored {
  readonly tag: ListedTag;
  readonly score: number;
  /** False: comparable, but outside of what the selection asks for. */
  readonly admitted: boolean;
  /** What a template of the channel's name may refer to. */
  readonly scope: Attributes;
}

/** How one kind of selection reads and compares tags. */
export interface Yardstick<Key> {
  /** Null: this tag cannot be compared. */
  readonly read: (entry: Entry) => Key | null;
  readonly compare: (left: Key, right: Key) => number;
  readonly admits: (key: Key) => boolean;
  readonly scope: (key: Key) => Attributes;
}

/** Places the comparable tags, best first; equal ones stand in name order. */
export function scoreWith<Key>(entries: readonly Entry[], yardstick: Yardstick<Key>): Scored[] {
  const { read, compare, admits, scope } = yardstick;
  const keyed = entries
    .flatMap((entry) => {
      const key = read(entry);
      return key === null ? [] : [{ key, tag: entry.tag }];
    })
    .sort((left, right) => compare(right.key, left.key) || byText(left.tag.name, right.tag.name));

  let score = keyed.length;
  let previous: Key | null = null;
  return keyed.map(({ key, tag }) => {
    if (previous !== null && compare(previous, key) !== 0) score -= 1;
    previous = key;
    return { tag, score, admitted: admits(key), scope: scope(key) };
  });
}
