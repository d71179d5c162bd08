import type { Listing } from '../model/listing.ts';
import type { Finding, Operation } from '../model/plan.ts';
import type { Current } from './listed-tags.ts';
import type { Decision } from './merge.ts';
import { allows, changeOf, leftOutFinding } from './mode.ts';
import { findingAt, type Need } from './wish.ts';

/** An operation with what must be true at the end for it to make sense. */
export interface Draft {
  readonly operation: Operation;
  readonly needs: readonly Need[];
}

export interface Drafts {
  readonly drafts: readonly Draft[];
  readonly findings: readonly Finding[];
}

/** What every stage leaves of no drafts at all, as at a target in sync. */
export const NO_DRAFTS: Drafts = { drafts: [], findings: [] };

/** The operations that turn the current state into what was decided; a name that is right already gives none. */
export function diff(decisions: readonly Decision[]): Draft[] {
  const drafts: Draft[] = [];
  for (const decision of decisions) {
    const operation = operationFor(decision);
    if (operation !== null) drafts.push({ operation, needs: decision.needs });
  }
  return drafts;
}

function operationFor(decision: Decision): Operation | null {
  const { type, tag, listed } = decision;
  const { policy, rule, mode, because } = decision.origin;
  const replaces = listed?.value ?? null;
  if (type === 'absent') {
    return { type: 'delete', tag, policy, rule, mode, because, replaces, makesRoomFor: null };
  }
  const { value, from } = decision;
  if (replaces === value) return null;
  const reasoned = { tag, policy, rule, mode, because };
  if (decision.source !== undefined) {
    const { source, referrers } = decision;
    return {
      type: 'promote',
      ...reasoned,
      source,
      from: decision.from,
      value,
      replaces,
      referrers,
    };
  }
  return from === null
    ? { type: 'add', ...reasoned, value, replaces }
    : { type: 'copy', ...reasoned, from, value, replaces };
}

const PROTECTED = 'it is protected';

/** True for the finding of a rule that wants to bind a protected name. */
export function wantsProtected({ severity, message }: Finding): boolean {
  return severity === 'warning' && message.endsWith(`": ${PROTECTED}`);
}

/** Takes out what protect forbids. A wish to bind is reported; sparing a delete is what protect is for. */
export function withoutProtected(
  drafts: readonly Draft[],
  isProtected: (name: string) => boolean,
): Drafts {
  if (drafts.length === 0) return NO_DRAFTS;
  const findings: Finding[] = [];
  const spared = drafts.filter(({ operation }) => {
    const { type, tag } = operation;
    if (!isProtected(tag)) return true;
    const message = `Cannot ${type} "${tag}": ${PROTECTED}`;
    if (type !== 'delete') findings.push(findingAt(operation, 'warning', message));
    return false;
  });
  return { drafts: spared, findings };
}

/** Takes out what the mode of the operation's own policy does not allow, and says so. */
export function withinMode(drafts: readonly Draft[]): Drafts {
  if (drafts.length === 0) return NO_DRAFTS;
  const fits = ({ operation }: Draft) => allows(operation.mode, changeOf(operation));
  if (drafts.every(fits)) return { drafts, findings: [] };
  return {
    drafts: drafts.filter(fits),
    findings: drafts
      .filter((draft) => !fits(draft))
      .map(({ operation }) => leftOutFinding(operation)),
  };
}

/** Takes out operations whose other half is not going to happen, until every need is met. */
export function withMetNeeds(drafts: readonly Draft[], current: Current): Drafts {
  if (drafts.length === 0) return NO_DRAFTS;
  if (drafts.every(({ needs }) => needs.length === 0)) return { drafts, findings: [] };
  const planned = neededState(drafts, current);
  const unmet = ({ needs }: Draft) => needs.find(({ tag, value }) => planned.get(tag) !== value);
  const rest = drafts.filter((draft) => unmet(draft) === undefined);
  const findings = drafts.flatMap((draft) => {
    const need = unmet(draft);
    return need === undefined ? [] : [unmetFinding(draft.operation, need)];
  });
  if (rest.length === drafts.length) return { drafts, findings };
  const further = withMetNeeds(rest, current);
  return { drafts: further.drafts, findings: [...findings, ...further.findings] };
}

function unmetFinding(operation: Operation, need: Need): Finding {
  const { type, tag, because } = operation;
  const message = `Cannot ${type} "${tag}" (${because}): "${need.tag}" will not be "${need.value}"`;
  return findingAt(operation, 'warning', message);
}

/** What the names that something depends on will be bound to; null: nothing, or it is not known. */
function neededState(
  drafts: readonly Draft[],
  current: Current,
): ReadonlyMap<string, string | null> {
  const needed = new Map(
    drafts.flatMap(({ needs }) =>
      needs.map(({ tag }) => [tag, current.get(tag)?.value ?? null] as const),
    ),
  );
  for (const { operation } of drafts) {
    if (needed.has(operation.tag)) needed.set(operation.tag, valueAfter(operation));
  }
  return needed;
}

function valueAfter(operation: Operation): string | null {
  return operation.type === 'delete' ? null : operation.value;
}

/** The state after all operations, whatever their order; null: unbound, or not known. */
export function plannedState(
  { tags }: Listing,
  operations: readonly Operation[],
): ReadonlyMap<string, string | null> {
  const planned = new Map(tags.map(({ name, value }) => [name, value]));
  for (const operation of operations) {
    planned.set(operation.tag, valueAfter(operation));
  }
  return planned;
}
