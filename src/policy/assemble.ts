import { globMatcher } from '../model/glob.ts';
import type { Policy } from '../model/policy.ts';
import type { PolicyTest } from '../model/policy-test.ts';
import { buildPolicy, type RuleDocument } from './build.ts';
import { buildTest } from './build-test.ts';
import { placeComplaint } from './complaint.ts';
import { applyDefaults, buildDefaults, type Defaults } from './defaults.ts';
import { type PlacedDocument, positionsOf } from './document.ts';
import type { PolicyIssue } from './issue.ts';
import { locate } from './located.ts';
import type { PolicyDefaultsDocument } from './schema-defaults.ts';
import type { PolicyTestDocument } from './schema-test.ts';
import { suggest } from './suggest.ts';

/** What the documents of a set come to together. */
export interface Assembled {
  readonly policies: readonly Policy[];
  readonly tests: readonly PolicyTest[];
  /** What is odd, and no mistake. */
  readonly warnings: readonly PolicyIssue[];
}

type Placed<D extends PlacedDocument['document']> = PlacedDocument<D>;

/** Builds policies and tests, the defaults merged in; what does not go together goes to `issues`. */
export function assemble(placed: readonly PlacedDocument[], issues: PolicyIssue[]): Assembled {
  const rules = placed.filter(isRules);
  const tests = placed.filter(isTest);
  issues.push(...repeatedNames(rules, 'Policy'), ...repeatedNames(tests, 'Test'));
  const shared = placed.filter(isDefaults);
  const defaults = readDefaults(shared, issues);
  const policies = rules.map((one) => readPolicy(one, defaults, issues));
  // A policy that could not be read would only be missed a second time here.
  if (issues.length === 0) issues.push(...unknownPolicies(tests, policies));
  const warnings = deadOverrides(shared, policies);
  return { policies, tests: tests.map(readTest), warnings };
}

function isRules(placed: PlacedDocument): placed is Placed<RuleDocument> {
  const { kind } = placed.document;
  return kind === 'ResourceTagPolicy' || kind === 'ImageTagPolicy';
}

function isTest(placed: PlacedDocument): placed is Placed<PolicyTestDocument> {
  return placed.document.kind === 'PolicyTest';
}

function isDefaults(placed: PlacedDocument): placed is Placed<PolicyDefaultsDocument> {
  return placed.document.kind === 'PolicyDefaults';
}

function readDefaults(
  placed: readonly Placed<PolicyDefaultsDocument>[],
  issues: PolicyIssue[],
): Defaults | null {
  const [first, ...others] = placed;
  if (first === undefined) return null;
  const { file, line, column } = first.source.positionAt(locate(first.located, ['kind']).at);
  for (const { source, located } of others) {
    const message = `The set has PolicyDefaults already, at ${file}:${line}:${column}`;
    const problem = { code: 'duplicate-defaults', message, expected: 'one a set' } as const;
    issues.push(source.issueAt(locate(located, ['kind']).at, problem));
  }
  return buildDefaults(first.document, positionsOf(first));
}

/** Overrides for policies that are not there: misspelt, or left over from one that went. */
function deadOverrides(
  shared: readonly Placed<PolicyDefaultsDocument>[],
  policies: readonly Policy[],
): readonly PolicyIssue[] {
  const names = policies.map(({ name }) => name);
  return shared.flatMap(({ document, source, located }) =>
    (document.spec.overrides ?? []).flatMap(({ policies: globs }, index) =>
      globs.flatMap((glob, place) => {
        if (names.some(globMatcher([glob]))) return [];
        const message = `The set has no policy that matches "${glob}", so nothing may be stated otherwise`;
        const { valueAt } = locate(located, ['spec', 'overrides', index, 'policies', place]);
        return [
          source.issueAt(valueAt, { ...DEAD_OVERRIDE, message, suggestion: suggest(glob, names) }),
        ];
      }),
    ),
  );
}

const DEAD_OVERRIDE = {
  code: 'dead-override',
  severity: 'warning',
  expected: 'a glob over the names of policies of the set',
} as const;

function readPolicy(
  placed: Placed<RuleDocument>,
  defaults: Defaults | null,
  issues: PolicyIssue[],
): Policy {
  const { document, source, located } = placed;
  const position = source.positionAt(located.valueAt);
  const own = buildPolicy(document, { position, positions: positionsOf(placed) });
  if (defaults === null) return own;
  const { policy, complaints } = applyDefaults(own, defaults);
  const sources = new Map([[source.path, source]]);
  issues.push(...complaints.map((complaint) => placeComplaint(policy, complaint, sources)));
  return policy;
}

function readTest(placed: Placed<PolicyTestDocument>): PolicyTest {
  const { document, source, located } = placed;
  const position = source.positionAt(located.valueAt);
  return buildTest(document, { position, positions: positionsOf(placed) });
}

function unknownPolicies(
  tests: readonly Placed<PolicyTestDocument>[],
  policies: readonly Policy[],
): readonly PolicyIssue[] {
  const known = new Set(policies.map(({ name }) => name));
  return tests.flatMap(({ document, source, located }) =>
    (document.spec.policies ?? []).flatMap((name, index) => {
      if (known.has(name)) return [];
      const message = `The set has no policy "${name}"`;
      const expected = 'the name of a policy of the set';
      const suggestion = suggest(name, known);
      const { valueAt } = locate(located, ['spec', 'policies', index]);
      return [source.issueAt(valueAt, { code: 'unknown-policy', message, expected, suggestion })];
    }),
  );
}

function repeatedNames(
  placed: readonly PlacedDocument[],
  what: 'Policy' | 'Test',
): readonly PolicyIssue[] {
  const first = new Map<string, PlacedDocument>();
  return placed.flatMap((one) => {
    const { name } = one.document.metadata;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, one);
      return [];
    }
    const { file, line, column } = earlier.source.positionAt(nameAt(earlier));
    const message = `${what} name "${name}" is taken, first at ${file}:${line}:${column}`;
    const problem = { code: 'duplicate-name', message, expected: 'a name of its own' } as const;
    return [one.source.issueAt(nameAt(one), problem)];
  });
}

function nameAt({ located }: PlacedDocument): number {
  return locate(located, ['metadata', 'name']).at;
}
