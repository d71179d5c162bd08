import type { Operation } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { isTemporaryTag } from './hidden-tags.ts';
import { isRename } from './order.ts';

export interface GuardInput {
  readonly operations: readonly Operation[];
  readonly policies: readonly Policy[];
  /** How many tags the listing had. */
  readonly listed: number;
  /** How many tags there would be at the end. */
  readonly remaining: number;
  /** Tags at the last complete listing; null: not known. */
  readonly baseline: number | null;
  readonly maxDeletePercent: number;
}

/** So few deletes never trip a percentage, or no small target could be cleaned. */
const FREE_DELETES = 3;

/**
 * Why a person has to look before this plan runs; empty: nothing. Deletes that lose nothing do not count: the old
 * key of a rename, and a temporary tag.
 */
export function guardReasons(input: GuardInput): string[] {
  const { deletes, byPolicy } = tally(input.operations);
  return [
    ...targetReasons(input, deletes),
    ...input.policies.flatMap((policy) =>
      limitReasons(policy, input.listed, byPolicy.get(policy.name) ?? NOTHING),
    ),
  ];
}

interface Count {
  changes: number;
  deletes: number;
}

const NOTHING: Readonly<Count> = { changes: 0, deletes: 0 };

interface Tally {
  readonly deletes: number;
  readonly byPolicy: ReadonlyMap<string, Readonly<Count>>;
}

/** Goes through the operations once, as there may be one for every tag. */
function tally(operations: readonly Operation[]): Tally {
  const byPolicy = new Map<string, Count>();
  let deletes = 0;
  for (const operation of operations) {
    const { policy, tag } = operation;
    const count = byPolicy.get(policy) ?? { ...NOTHING };
    byPolicy.set(policy, count);
    if (!isTemporaryTag(tag)) count.changes += 1;
    if (!losesInformation(operation)) continue;
    deletes += 1;
    count.deletes += 1;
  }
  return { deletes, byPolicy };
}

/** True for a delete after which something is gone; not for the old key of a rename, nor for a temporary tag. */
export function losesInformation(operation: Operation): boolean {
  return operation.type === 'delete' && !isRename(operation) && !isTemporaryTag(operation.tag);
}

function targetReasons(
  { listed, remaining, baseline, maxDeletePercent }: GuardInput,
  deletes: number,
): string[] {
  if (deletes === 0) return [];
  const share = shareReason('guard maxDeletePercent', {
    deletes,
    listed,
    percent: maxDeletePercent,
  });
  const halved = baseline !== null && listed * 2 < baseline;
  return [
    ...share,
    ...(remaining === 0
      ? [`guard allTags: ${deletes} of ${listed} tags go, none would be left`]
      : []),
    ...(halved
      ? [
          `guard countHalved: ${listed} tags are listed, ${baseline} were there before, and ${deletes} go`,
        ]
      : []),
  ];
}

interface Share {
  readonly deletes: number;
  readonly listed: number;
  readonly percent: number;
}

function shareReason(guard: string, { deletes, listed, percent }: Share): string[] {
  const free = percent === 0 ? 0 : FREE_DELETES;
  if (deletes <= free || deletes * 100 <= percent * listed) return [];
  const actual = Math.round((deletes / listed) * 100);
  return [`${guard}: ${deletes} of ${listed} tags go (${actual} %), at most ${percent} % may`];
}

function limitReasons(
  { name, limits }: Policy,
  listed: number,
  { changes, deletes }: Readonly<Count>,
): string[] {
  const { maxDeletePercent, maxDeletes, maxChanges } = limits;
  const at = (limit: string) => `policy "${name}" limits.${limit}`;
  return [
    ...(maxDeletePercent === null
      ? []
      : shareReason(at('maxDeletePercent'), { deletes, listed, percent: maxDeletePercent })),
    ...(maxDeletes !== null && deletes > maxDeletes
      ? [`${at('maxDeletes')}: ${deletes} deletes, at most ${maxDeletes} may be made`]
      : []),
    ...(maxChanges !== null && changes > maxChanges
      ? [`${at('maxChanges')}: ${changes} changes, at most ${maxChanges} may be made`]
      : []),
  ];
}
