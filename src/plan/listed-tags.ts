import type { ListedTag } from '../model/tag.ts';
import { sortByName } from './sort-by-name.ts';

/** A listed tag with its place in the order of all listed names. */
export interface PlacedTag extends ListedTag {
  readonly place: number;
}

/** What is listed, by name. */
export interface Current {
  readonly size: number;
  /** Sorted by name; each one stands at its place. */
  readonly tags: readonly PlacedTag[];
  get(name: string): PlacedTag | undefined;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** Brings a listing into order. Names are unique in a complete one; of equal names the last counts. */
export function currentOf(listed: readonly ListedTag[]): Current {
  const tags = placed(sortByName(listed));
  if (tags.length < listed.length) {
    return currentOf([...new Map(listed.map((tag) => [tag.name, tag])).values()]);
  }
  let last = 0;
  const get = (name: string): PlacedTag | undefined => {
    // Most names are asked for in order, so the search begins where the last one ended, and grows from there.
    let low = isBefore(tags[last], name) ? last : 0;
    let step = 1;
    while (isBefore(tags[low + step], name)) {
      low += step;
      step *= 2;
    }
    last = placeFor(name, tags, low, low + step);
    const tag = tags[last];
    return tag?.name === name ? tag : undefined;
  };
  return {
    size: tags.length,
    tags,
    get,
    has: (name) => get(name) !== undefined,
    keys: () => tags.map(({ name }) => name),
  };
}

/** Copied in order they lie in memory in order, and every stage goes through them from the first to the last. */
function placed(sorted: readonly ListedTag[]): readonly PlacedTag[] {
  const tags: PlacedTag[] = [];
  for (const { name, value, createdAt, updatedAt, firstSeenAt, platforms } of sorted) {
    const place = tags.at(-1)?.name === name ? tags.length - 1 : tags.length;
    tags[place] = {
      name,
      value,
      createdAt,
      updatedAt,
      firstSeenAt: firstSeenAt ?? null,
      platforms: platforms ?? null,
      place,
    };
  }
  return tags;
}

/** The text of a label; text that is not told reads as empty. */
export function textOf({ value }: ListedTag): string {
  return value ?? '';
}

/** The text of a label by its key; null: there is none. */
export function textAt(current: Current, key: string): string | null {
  const tag = current.get(key);
  return tag === undefined ? null : textOf(tag);
}

/** Of tags sorted by name those whose name begins so. They stand together, so no other has to be looked at. */
export function tagsBeginning<Some extends ListedTag>(
  tags: readonly Some[],
  prefix: string,
): readonly Some[] {
  if (prefix === '') return tags;
  const start = firstWhere(tags, (name) => name >= prefix);
  const end = firstWhere(tags, (name) => name >= prefix && !name.startsWith(prefix));
  return tags.slice(start, end);
}

function isBefore(tag: ListedTag | undefined, name: string): boolean {
  return tag !== undefined && tag.name < name;
}

/** The place of the first tag whose name is far enough, as are all after it. */
function firstWhere(tags: readonly ListedTag[], isFar: (name: string) => boolean): number {
  let low = 0;
  let high = tags.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const tag = tags[middle];
    if (tag !== undefined && !isFar(tag.name)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place between two others where the name stands or would stand; asked of every name, so it takes no function. */
function placeFor(name: string, tags: readonly ListedTag[], from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(tags[middle], name)) low = middle + 1;
    else high = middle;
  }
  return low;
}
