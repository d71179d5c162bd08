import type { Capabilities } from '../model/capabilities.ts';
import type { Operation } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { TagKind } from '../model/tag.ts';

const KIND = {
  ResourceTagPolicy: 'resource',
  ImageTagPolicy: 'image',
} as const satisfies Record<Policy['kind'], TagKind>;

export interface CapabilityInput {
  /** In the order they would run. */
  readonly operations: readonly Operation[];
  readonly policies: readonly Policy[];
  readonly capabilities: Capabilities;
  readonly listed: number;
}

/** What the provider cannot do or hold; nobody can confirm these away. Empty: nothing. */
export function capabilityReasons(input: CapabilityInput): string[] {
  const { operations, policies, capabilities } = input;
  const reasons: string[] = [];
  for (const { name, kind } of policies) {
    if (KIND[kind] === capabilities.kind) continue;
    reasons.push(`policy "${name}" has kind ${kind}, the target has ${capabilities.kind} tags`);
  }
  // Most plans are of targets in sync.
  if (operations.length === 0) return reasons;
  for (const operation of operations) {
    for (const reason of operationReasons(operation, capabilities)) reasons.push(reason);
  }
  reasons.push(...capReasons(input));
  return reasons;
}

function operationReasons(operation: Operation, capabilities: Capabilities): readonly string[] {
  const { type, tag } = operation;
  if (!capabilities.operations.has(type)) {
    const why = capabilities.missing[type] ?? `the provider cannot ${type}`;
    return [`Cannot ${type} "${tag}" (${ruleOf(operation)}): ${why}`];
  }
  if (type === 'delete') return NONE;
  const name = capabilities.refuseName(tag);
  const value = type === 'add' ? capabilities.refuseValue(operation.value) : null;
  return [name, value].flatMap((reason) =>
    reason === null ? [] : [`Cannot ${type} "${tag}" (${ruleOf(operation)}): ${reason}`],
  );
}

const NONE: readonly string[] = [];

function ruleOf({ policy, rule }: Operation): string {
  return `policy "${policy}" ${rule}`;
}

/** Counts along the order, so that no step on the way is above the cap either. */
function capReasons({ operations, capabilities, listed }: CapabilityInput): string[] {
  const cap = capabilities.maxTags;
  if (cap === null) return [];
  const final = listed + operations.reduce((sum, operation) => sum + growthOf(operation), 0);
  let count = listed;
  for (const operation of operations) {
    count += growthOf(operation);
    if (growthOf(operation) > 0 && count > cap) {
      const { type, tag } = operation;
      const figures = `the target would end with ${final} tags, at most ${cap} may be there at any time`;
      return [`Cannot ${type} "${tag}" (${ruleOf(operation)}): ${figures}`];
    }
  }
  return [];
}

/** How many names more there are after it. */
export function growthOf(operation: Operation): number {
  if (operation.type === 'delete') return -1;
  return operation.replaces === null ? 1 : 0;
}
