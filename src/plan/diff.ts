import type { Finding, Operation } from '../model/plan.ts';
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

type Current = ReadonlyMap<string, string | null>;

/** The operations that turn the current state into what was decided; a name that is right already gives none. */
export function diff(decisions: readonly Decision[], current: Current): Draft[] {
  return decisions.flatMap((decision) => {
    const operation = operationFor(decision, current);
    return operation === null ? [] : [{ operation, needs: decision.needs }];
  });
}

function operationFor(decision: Decision, current: Current): Operation | null {
  const { tag, policy, rule, mode, because } = decision;
  const reasoned = { tag, policy, rule, mode, because };
  const replaces = current.get(tag) ?? null;
  if (decision.type === 'absent') {
    return { type: 'delete', ...reasoned, replaces, makesRoomFor: null };
  }
  const { value, from } = decision;
  if (replaces === value) return null;
  return from === null
    ? { type: 'add', ...reasoned, value, replaces }
    : { type: 'copy', ...reasoned, from, value, replaces };
}

/** Takes out what protect forbids. A wish to bind is reported; sparing a delete is what protect is for. */
export function withoutProtected(
  drafts: readonly Draft[],
  isProtected: (name: string) => boolean,
): Drafts {
  const findings = drafts
    .map(({ operation }) => operation)
    .filter(({ type, tag }) => type !== 'delete' && isProtected(tag))
    .map((operation) =>
      findingAt(
        operation,
        'warning',
        `Cannot ${operation.type} "${operation.tag}": it is protected`,
      ),
    );
  return { drafts: drafts.filter(({ operation }) => !isProtected(operation.tag)), findings };
}

/** Takes out what the mode of the operation's own policy does not allow, and says so. */
export function withinMode(drafts: readonly Draft[]): Drafts {
  const fits = ({ operation }: Draft) => allows(operation.mode, changeOf(operation));
  return {
    drafts: drafts.filter(fits),
    findings: drafts
      .filter((draft) => !fits(draft))
      .map(({ operation }) => leftOutFinding(operation)),
  };
}

/** Takes out operations whose other half is not going to happen, until every need is met. */
export function withMetNeeds(drafts: readonly Draft[], current: Current): Drafts {
  if (drafts.every(({ needs }) => needs.length === 0)) return { drafts, findings: [] };
  const planned = plannedState(
    current,
    drafts.map(({ operation }) => operation),
  );
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

/** The state after all operations, whatever their order. */
export function plannedState(current: Current, operations: readonly Operation[]): Current {
  const planned = new Map(current);
  for (const operation of operations) {
    if (operation.type === 'delete') planned.delete(operation.tag);
    else planned.set(operation.tag, operation.value);
  }
  return planned;
}
