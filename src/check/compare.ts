import type { Finding, Operation } from '../model/plan.ts';
import type { ExpectedFinding, ExpectedOperation } from '../model/policy-test.ts';
import { targetKey } from '../model/target.ts';

/** Fields of an operation a test may state besides type and tag. */
export const COMPARED = ['from', 'source', 'value', 'policy', 'rule', 'because'] as const;
export type ComparedField = (typeof COMPARED)[number];

/** One field that came out other than expected; planned null: the operation has no such field. */
export interface FieldDifference {
  readonly field: ComparedField;
  readonly expected: string;
  readonly planned: string | null;
}

/** One way in which a plan is not what a test expects. */
export type Difference =
  | { readonly type: 'missing'; readonly expected: ExpectedOperation }
  | { readonly type: 'unexpected'; readonly planned: Operation }
  | {
      readonly type: 'changed';
      readonly planned: Operation;
      readonly fields: readonly FieldDifference[];
    }
  | { readonly type: 'status'; readonly expected: string; readonly planned: string }
  | { readonly type: 'finding'; readonly expected: ExpectedFinding }
  /** No policy under test selects the target, or one does that should not. */
  | { readonly type: 'selection'; readonly expected: 'some' | 'none' };

/** Name of the rule an operation comes from; null: it has none but its path. */
export type RuleName = (operation: Operation) => string | null;

/**
 * Expected against planned operations, in any order. Two of the same type and tag are compared field by field; the
 * rest is missing or unexpected. Empty: as expected. A rule may be stated by its name as well.
 */
export function compareOperations(
  expected: readonly ExpectedOperation[],
  planned: readonly Operation[],
  nameOf: RuleName = () => null,
): readonly Difference[] {
  const left = new Set(planned);
  const take = (fits: (operation: Operation) => boolean): Operation | null => {
    const found = planned.find((operation) => left.has(operation) && fits(operation)) ?? null;
    if (found !== null) left.delete(found);
    return found;
  };
  // The most particular first, so that a loose expectation does not take what only a strict one fits.
  const strictFirst = expected
    .map((wanted, index) => ({ wanted, index }))
    .sort((one, other) => given(other.wanted) - given(one.wanted));
  const unmet = strictFirst
    .filter(({ wanted }) => take((found) => fitsWhole(wanted, found, nameOf)) === null)
    .sort((one, other) => one.index - other.index);
  const differences = unmet.map(({ wanted }): Difference => {
    const near = take((found) => isSameName(wanted, found));
    if (near === null) return { type: 'missing', expected: wanted };
    return { type: 'changed', planned: near, fields: fieldDifferences(wanted, near, nameOf) };
  });
  const unexpected = [...left].map((operation): Difference => {
    return { type: 'unexpected', planned: operation };
  });
  return [...differences, ...unexpected];
}

function given(wanted: ExpectedOperation): number {
  return COMPARED.filter((field) => wanted[field] !== null).length;
}

function fitsWhole(wanted: ExpectedOperation, found: Operation, nameOf: RuleName): boolean {
  return isSameName(wanted, found) && fieldDifferences(wanted, found, nameOf).length === 0;
}

function isSameName(wanted: ExpectedOperation, found: Operation): boolean {
  return wanted.type === found.type && wanted.tag === found.tag;
}

function fieldDifferences(
  wanted: ExpectedOperation,
  found: Operation,
  nameOf: RuleName,
): FieldDifference[] {
  return COMPARED.flatMap((field) => {
    const expected = wanted[field];
    const planned = fieldOf(found, field);
    if (expected === null) return [];
    const same =
      planned === expected ||
      (field === 'because' && planned?.includes(expected)) ||
      (field === 'rule' && nameOf(found) === expected);
    return same === true ? [] : [{ field, expected, planned }];
  });
}

/** What an operation holds in a field of an expectation; of a delete the value is the one that goes. */
export function fieldOf(operation: Operation, field: ComparedField): string | null {
  switch (field) {
    case 'from':
      return 'from' in operation ? operation.from : null;
    case 'source':
      return operation.type === 'promote' ? targetKey(operation.source) : null;
    case 'value':
      return operation.type === 'delete' ? operation.replaces : operation.value;
    case 'policy':
    case 'rule':
    case 'because':
      return operation[field];
  }
}

/** Expected findings that no finding answers to. */
export function compareFindings(
  expected: readonly ExpectedFinding[],
  found: readonly Finding[],
): readonly Difference[] {
  return expected
    .filter(
      ({ severity, message }) =>
        !found.some(
          (finding) =>
            (severity === null || finding.severity === severity) &&
            finding.message.includes(message),
        ),
    )
    .map((wanted): Difference => ({ type: 'finding', expected: wanted }));
}
