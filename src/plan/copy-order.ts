import type { Operation } from '../model/plan.ts';
import { temporaryName } from './hidden-tags.ts';
import { byText } from './wish.ts';

export type Copy = Extract<Operation, { type: 'copy' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

export interface OrderedCopies {
  readonly copies: readonly Copy[];
  /** Deletes of the temporary tags, to run after everything else. */
  readonly cleanup: readonly Delete[];
}

const NO_COPIES: OrderedCopies = { copies: [], cleanup: [] };

/**
 * Orders copies so that every name is read before it is overwritten, as if all were assigned at once. A cycle is
 * opened by a temporary tag: its first name is saved there, and whoever reads that name reads the saved one. `taken`:
 * names no temporary tag may have, asked for only when there is a cycle.
 */
export function orderCopies(copies: readonly Copy[], taken: () => Iterable<string>): OrderedCopies {
  if (copies.length === 0) return NO_COPIES;
  const sorted = copies.toSorted((left, right) => byText(left.tag, right.tag));
  const waiting = new Map(sorted.map((copy) => [copy.tag, copy]));
  const readers = new Map(
    [...Map.groupBy(sorted, ({ from }) => from)].map(([from, copies]) => [from, new Set(copies)]),
  );
  const isFree = (name: string): boolean => (readers.get(name)?.size ?? 0) === 0;
  const ordered: Copy[] = [];
  for (const copy of sorted) {
    // A copy done may free the one that overwrites what it has read, and so on.
    let next = waiting.get(copy.tag);
    while (next !== undefined && isFree(next.tag)) {
      waiting.delete(next.tag);
      ordered.push(next);
      readers.get(next.from)?.delete(next);
      next = waiting.get(next.from);
    }
  }
  const opened = openCycles(waiting, new Set(waiting.size === 0 ? [] : taken()));
  return { copies: [...ordered, ...opened.copies], cleanup: opened.cleanup };
}

interface Saved {
  readonly temporary: Copy;
  readonly cleanup: Delete;
}

/** When nothing is free, what waits are circles in which each copy reads the name that the next one overwrites. */
function openCycles(waiting: Map<string, Copy>, names: Set<string>): OrderedCopies {
  const copies: Copy[] = [];
  const cleanup: Delete[] = [];
  for (const first of waiting.values()) {
    const saved = saveSource(first, names);
    names.add(saved.temporary.tag);
    cleanup.push(saved.cleanup);
    copies.push(saved.temporary);
    for (let next = waiting.get(first.from); next !== undefined && next !== first; ) {
      copies.push(next);
      waiting.delete(next.tag);
      next = waiting.get(next.from);
    }
    copies.push({ ...first, from: saved.temporary.tag });
  }
  return { copies, cleanup };
}

function saveSource(reader: Copy, names: ReadonlySet<string>): Saved {
  const { from, policy, rule, mode, value } = reader;
  const because = `temporary: "${from}" is part of a cycle of copies`;
  const reasoned = { tag: freeName(value, names), policy, rule, mode, because };
  return {
    temporary: { type: 'copy', ...reasoned, from, value, replaces: null },
    cleanup: { type: 'delete', ...reasoned, replaces: value, makesRoomFor: null },
  };
}

function freeName(digest: string, names: ReadonlySet<string>): string {
  let attempt = 0;
  while (names.has(temporaryName(digest, attempt))) attempt += 1;
  return temporaryName(digest, attempt);
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Names of copies that stand in a cycle: each is read by a copy that itself waits for it. */
export function cyclicNames(copies: readonly Copy[]): ReadonlySet<string> {
  if (copies.length === 0) return NO_NAMES;
  let rest = copies;
  for (;;) {
    const read = new Set(rest.map(({ from }) => from));
    const written = new Set(rest.map(({ tag }) => tag));
    const bound = rest.filter(({ tag, from }) => read.has(tag) && written.has(from));
    if (bound.length === rest.length) return written;
    rest = bound;
  }
}
