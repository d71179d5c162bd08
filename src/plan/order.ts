import type { Operation } from '../model/plan.ts';
import { type Copy, orderCopies } from './copy-order.ts';
import { sortedBy } from './wish.ts';

type Write = Exclude<Operation, { type: 'delete' }>;
type Delete = Extract<Operation, { type: 'delete' }>;

export interface OrderInput {
  readonly operations: readonly Operation[];
  /** Names listed at the target; asked for only where they matter. */
  readonly listed: () => readonly string[];
  /** Most tags the target may carry; null: no cap. */
  readonly maxTags: number | null;
}

/**
 * The order operations run in: writes first, deletes after them, temporary tags last. At a full target only as many
 * deletes as needed go first, each right before the write it makes room for.
 */
export function orderOperations({ operations, listed, maxTags }: OrderInput): Operation[] {
  // Most plans are of targets in sync.
  if (operations.length === 0) return [];
  const { add, copy, promote, deletes } = byType(operations);
  const adds = sortedBy(add, tagOf);
  const ordered = orderCopies(copy, () => [...listed(), ...operations.map(({ tag }) => tag)]);
  // Overwrites need no slot: they go before the writes that do.
  const writes = [
    ...adds.filter(({ replaces }) => replaces !== null),
    ...adds.filter(({ replaces }) => replaces === null),
    ...ordered.copies,
    // Copies read names here as they are listed; a promotion may bind one of them anew.
    ...sortedBy(promote, tagOf),
  ];
  const sorted = sortedBy(deletes, tagOf);
  if (maxTags === null) return [...writes, ...sorted, ...ordered.cleanup];
  return [...makeRoom(writes, sorted, listed().length, maxTags), ...ordered.cleanup];
}

interface ByType {
  readonly add: Extract<Operation, { type: 'add' }>[];
  readonly copy: Copy[];
  readonly promote: Extract<Operation, { type: 'promote' }>[];
  readonly deletes: Delete[];
}

/** In one go, as there may be one for every tag. */
function byType(operations: readonly Operation[]): ByType {
  const all: ByType = { add: [], copy: [], promote: [], deletes: [] };
  for (const operation of operations) {
    switch (operation.type) {
      case 'add':
        all.add.push(operation);
        break;
      case 'copy':
        all.copy.push(operation);
        break;
      case 'promote':
        all.promote.push(operation);
        break;
      case 'delete':
        all.deletes.push(operation);
    }
  }
  return all;
}

function tagOf({ tag }: Operation): string {
  return tag;
}

function makeRoom(
  writes: readonly Write[],
  deletes: readonly Delete[],
  listed: number,
  maxTags: number,
): Operation[] {
  const waiting = [...deletes];
  const ordered: Operation[] = [];
  let count = listed;
  for (const write of writes) {
    while (write.replaces === null && count >= maxTags && waiting.length > 0) {
      ordered.push(...takeRoom(waiting, write.tag));
      count -= 1;
    }
    ordered.push(write);
    if (write.replaces === null) count += 1;
  }
  return [...ordered, ...waiting];
}

/** A rename's old key still carries its value, so it goes early only when nothing else can. */
function takeRoom(waiting: Delete[], makesRoomFor: string): Delete[] {
  const dispensable = waiting.findIndex((operation) => !isRename(operation));
  const ownRename = waiting.findIndex(({ because }) => because === `renamed to "${makesRoomFor}"`);
  const index = dispensable >= 0 ? dispensable : Math.max(0, ownRename);
  return waiting.splice(index, 1).map((operation) => ({ ...operation, makesRoomFor }));
}

/** True for the delete that ends a rename: its value lives on under the new key. */
export function isRename({ type, rule }: Operation): boolean {
  return type === 'delete' && rule.startsWith('tags.rename[');
}
