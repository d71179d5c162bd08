import type { Operation } from '../model/plan.ts';
import type { Batch } from '../providers/provider.ts';

/** The operations in their order, those that follow each other and can be performed together in one group. */
export function groupsOf(operations: readonly Operation[], batch: Batch | null): Operation[][] {
  const groups: Operation[][] = [];
  for (const operation of operations) {
    const last = groups.at(-1);
    if (batch !== null && last !== undefined && joins(last, operation, batch)) last.push(operation);
    else groups.push([operation]);
  }
  return groups;
}

function joins(
  group: readonly Operation[],
  { type, tag }: Operation,
  { types, limit }: Batch,
): boolean {
  if (!types.has(type) || group.length >= limit) return false;
  return group.every((other) => other.type === type && other.tag !== tag);
}
