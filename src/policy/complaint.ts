import type { Capabilities } from '../model/capabilities.ts';
import type { OperationType } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { Position } from '../model/position.ts';
import { type PolicyIssue, type Problem, placeIssue } from './issue.ts';
import type { Source } from './source.ts';

/** A problem of one rule, before it is placed in the file. */
export interface Complaint {
  /** Path of the rule under `spec`, as in the policy's positions. */
  readonly rule: string;
  readonly problem: Problem;
}

/** A document whose parts can be found in its file: a policy or a test. */
export type Placeable = Pick<Policy, 'position' | 'positions'>;

/** A complaint and the policy whose rule it is about. */
export interface PolicyComplaint {
  readonly policy: Policy;
  readonly complaint: Complaint;
}

/** An account a policy names, with what it can do. */
export interface NamedAccount {
  readonly account: string;
  readonly capabilities: Capabilities;
}

/** A name or value some rule would write; a value may be a template. */
export interface Written {
  readonly rule: string;
  readonly text: string;
}

/** Where a rule stands; its nearest known ancestor when the file does not spell it out. */
export function positionOf(owner: Placeable, rule: string): Position {
  for (let path = rule; path !== ''; path = path.replace(/(?:^|\.)[^.[]*$|\[\d+\]$/, '')) {
    const position = owner.positions[path];
    if (position !== undefined) return position;
  }
  return owner.position;
}

/** The issue a complaint becomes; its source line is quoted when the file is among the sources. */
export function placeComplaint(
  owner: Placeable,
  { rule, problem }: Complaint,
  sources: ReadonlyMap<string, Source>,
): PolicyIssue {
  const position = positionOf(owner, rule);
  const line = sources.get(position.file)?.lineAt(position.line) ?? null;
  return placeIssue(position, problem, line);
}

/** One complaint for each rule whose operation an account cannot perform, with reason and remedy. */
export function lacking(
  rules: readonly string[],
  operation: OperationType,
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  return accounts
    .filter(({ capabilities }) => !capabilities.operations.has(operation))
    .flatMap(({ account, capabilities }) => {
      const reason = capabilities.missing[operation] ?? 'the provider has no such call';
      const message = `Account "${account}" cannot ${operation} tags: ${reason}`;
      return rules.map((rule) => ({ rule, problem: { code: 'missing-capability', message } }));
    });
}

/** One complaint for each name that an account refuses. */
export function refusedNames(
  names: readonly Written[],
  accounts: readonly NamedAccount[],
): readonly Complaint[] {
  return names.flatMap(({ rule, text }) =>
    accounts.flatMap(({ account, capabilities }) => {
      const refusal = capabilities.refuseName(text);
      if (refusal === null) return [];
      const message = `"${text}" is no name for a tag of account "${account}"`;
      return [{ rule, problem: { code: 'bad-name', message, expected: refusal } }];
    }),
  );
}
