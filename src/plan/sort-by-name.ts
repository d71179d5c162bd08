import type { ListedTag } from '../model/tag.ts';

type Slot = ListedTag | undefined;

interface Range {
  readonly from: number;
  readonly to: number;
  /** So many characters of the names are known to be the same. */
  readonly depth: number;
}

/** So few are put in one by one. */
const FEW = 12;
/** Comes before every character, as a name comes before all that go on from it. */
const END = -1;

/**
 * The tags by name, in code-unit order; of equal names any may come first. Goes character by character: names of a
 * repository begin alike, and to compare them whole reads these beginnings over and over, which takes twice as long.
 */
export function sortByName(listed: readonly ListedTag[]): readonly ListedTag[] {
  if (isSorted(listed)) return listed;
  const tags: Slot[] = [...listed];
  sortRange(tags, { from: 0, to: tags.length, depth: 0 });
  return tags.filter((tag) => tag !== undefined);
}

/** Many listings come in order, and to see that is cheaper than to sort them. */
function isSorted(listed: readonly ListedTag[]): boolean {
  let before = '';
  for (const { name } of listed) {
    if (name < before) return false;
    before = name;
  }
  return true;
}

function sortRange(tags: Slot[], range: Range): void {
  let { from, to, depth } = range;
  while (to - from >= FEW) {
    const pivot = codeAt(depth, tags[(from + to) >>> 1]);
    const same = partition(tags, { from, to, depth }, pivot);
    sortRange(tags, { from, to: same.from, depth });
    sortRange(tags, { from: same.to, to, depth });
    // Names that end here are equal.
    if (pivot === END) return;
    ({ from, to } = same);
    depth += 1;
  }
  sortFew(tags, from, to);
}

/** Brings smaller characters to the front and greater ones to the end; returns where the same ones stand. */
function partition(tags: Slot[], { from, to, depth }: Range, pivot: number): Range {
  let low = from;
  let high = to;
  for (let at = from; at < high; ) {
    const code = codeAt(depth, tags[at]);
    if (code > pivot) {
      high -= 1;
      swap(tags, at, high);
      continue;
    }
    if (code < pivot) {
      swap(tags, low, at);
      low += 1;
    }
    at += 1;
  }
  return { from: low, to: high, depth };
}

function codeAt(depth: number, tag: Slot): number {
  return tag === undefined || depth >= tag.name.length ? END : tag.name.charCodeAt(depth);
}

function swap(tags: Slot[], left: number, right: number): void {
  const tag = tags[left];
  tags[left] = tags[right];
  tags[right] = tag;
}

function sortFew(tags: Slot[], from: number, to: number): void {
  for (let next = from + 1; next < to; next += 1) {
    const tag = tags[next];
    let at = next;
    while (at > from && isAfter(tags[at - 1], tag)) {
      tags[at] = tags[at - 1];
      at -= 1;
    }
    tags[at] = tag;
  }
}

function isAfter(left: Slot, right: Slot): boolean {
  return left !== undefined && right !== undefined && left.name > right.name;
}
