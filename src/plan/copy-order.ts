import type { Operation } from '../model/plan.ts';
import { temporaryName } from './hidden-tags.ts';
import { byText } from './wish.ts';

type Copy = Extract<Operation, { type: 'copy' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

export interface OrderedCopies {
  readonly copies: readonly Copy[];
  /** Deletes of the temporary tags, to run after everything else. */
  readonly cleanup: readonly Delete[];
}

/**
 * Orders copies so that every name is read before it is overwritten, as if all were assigned at once. A cycle is
 * opened by a temporary tag: its first name is saved there, and whoever reads that name reads the saved one.
 */
export function orderCopies(copies: readonly Copy[], taken: ReadonlySet<string>): OrderedCopies {
  const waiting = copies.toSorted((left, right) => byText(left.tag, right.tag));
  const ordered: Copy[] = [];
  const cleanup: Delete[] = [];
  const names = new Set(taken);
  for (let [first] = waiting; first !== undefined; [first] = waiting) {
    const next = waiting.findIndex((copy) => isFree(copy, waiting));
    if (next >= 0) {
      ordered.push(...waiting.splice(next, 1));
      continue;
    }
    const saved = saveSource(first, names);
    const { from } = first;
    names.add(saved.temporary.tag);
    ordered.push(saved.temporary);
    cleanup.push(saved.cleanup);
    const redirected = waiting.map((copy) =>
      copy.from === from ? { ...copy, from: saved.temporary.tag } : copy,
    );
    waiting.splice(0, waiting.length, ...redirected);
  }
  return { copies: ordered, cleanup };
}

function isFree(copy: Copy, waiting: readonly Copy[]): boolean {
  return waiting.every((other) => other === copy || other.from !== copy.tag);
}

interface Saved {
  readonly temporary: Copy;
  readonly cleanup: Delete;
}

/** When nothing is free, everything that waits stands in a cycle, so the source of any of them opens one. */
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

/** Names of copies that stand in a cycle: each is read by a copy that itself waits for it. */
export function cyclicNames(copies: readonly Copy[]): ReadonlySet<string> {
  let rest = copies;
  for (;;) {
    const bound = rest.filter(
      (copy) =>
        rest.some(({ from }) => from === copy.tag) && rest.some(({ tag }) => tag === copy.from),
    );
    if (bound.length === rest.length) return new Set(bound.map(({ tag }) => tag));
    rest = bound;
  }
}
