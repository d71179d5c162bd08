import type { ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import { ReconcileError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Policy, PolicySet } from '../model/policy.ts';
import type { PolicyTest } from '../model/policy-test.ts';
import { type Explanation, explainTarget } from '../plan/explain.ts';
import { type PlanInput, planTarget } from '../plan/plan.ts';
import { statusOf } from '../plan/status.ts';
import { concernsTarget, policiesFor } from '../policy/selector.ts';
import { suggest } from '../policy/suggest.ts';
import { compareFindings, compareOperations, type Difference, type RuleName } from './compare.ts';

/** What a test is run against. */
export interface TestBench {
  readonly set: PolicySet;
  readonly capabilitiesOf: (provider: ProviderName) => Capabilities;
}

/** What became of one PolicyTest. */
export type TestResult =
  | {
      readonly status: 'passed' | 'failed';
      readonly test: PolicyTest;
      /** Names of the policies that select the target. */
      readonly policies: readonly string[];
      readonly plan: Plan;
      /** Empty when passed. */
      readonly differences: readonly Difference[];
      /** Why the names of missing operations end otherwise. */
      readonly explanations: readonly Explanation[];
    }
  | {
      /** There is no plan to compare. */
      readonly status: 'broken';
      readonly test: PolicyTest;
      readonly error: string;
    };

/** An instance whose configuration says nothing. */
const INSTANCE = {
  guards: { maxDeletePercent: 30 },
  protect: [],
  baseline: null,
  inUse: null,
  confirmed: new Set<string>(),
} as const satisfies Partial<PlanInput>;

/** Plans the test's listing and compares; never throws. */
export function runPolicyTest(test: PolicyTest, bench: TestBench): TestResult {
  try {
    const input = planInputOf(test, bench);
    const plan = planTarget(input);
    const { listing, attributes } = input;
    const selecting = input.policies.filter(
      (policy) => concernsTarget(policy, listing.target, attributes, listing.tags) === true,
    );
    const differences = [...compareSelection(test, selecting), ...compare(test, plan, selecting)];
    const missing = differences.flatMap((one) =>
      one.type === 'missing' ? [one.expected.tag] : [],
    );
    const explanations = [...new Set(missing)].flatMap((tag) => explainTarget(input, tag));
    const policies = selecting.map(({ name }) => name);
    const status = differences.length === 0 ? 'passed' : 'failed';
    return { status, test, policies, plan, differences, explanations };
  } catch (error) {
    return {
      status: 'broken',
      test,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Without a policy everything is in sync, which proves nothing: a test has to say that it means that. */
function compareSelection(
  { policies }: PolicyTest,
  selecting: readonly Policy[],
): readonly Difference[] {
  const expected = policies?.length === 0 ? 'none' : 'some';
  const found = selecting.length === 0 ? 'none' : 'some';
  return expected === found ? [] : [{ type: 'selection', expected }];
}

function ruleNameIn(policies: readonly Policy[]): RuleName {
  return ({ policy, rule }) => {
    const found = policies.find(({ name }) => name === policy);
    if (found?.kind !== 'ImageTagPolicy') return null;
    return found.retain.find((_rule, index) => rule === `retain[${index}]`)?.name ?? null;
  };
}

function compare(
  { expect }: PolicyTest,
  plan: Plan,
  policies: readonly Policy[],
): readonly Difference[] {
  const planned = statusOf(plan);
  const { status, operations, findings } = expect;
  return [
    ...(status === null || status === planned
      ? []
      : [{ type: 'status', expected: status, planned } as const]),
    ...compareOperations(operations, plan.operations, ruleNameIn(policies)),
    ...compareFindings(findings ?? [], plan.findings),
  ];
}

/**
 * What a plan of the test's target depends on: the policies that select it, out of those under test. Throws
 * POLICY_INVALID for a policy that is not there.
 */
export function planInputOf(test: PolicyTest, { set, capabilitiesOf }: TestBench): PlanInput {
  const { target, attributes, listing, now } = test;
  const policies = policiesFor({ ...set, policies: underTest(test, set) }, target, attributes);
  return asTested({
    target,
    policies,
    attributes,
    listing: { target, tags: listing },
    images: new Map([...Object.entries(test.images), [target.path, listing]]),
    sources: new Map(Object.entries(test.sources)),
    capabilities: capabilitiesOf(test.provider),
    now,
  });
}

/** The input without what only a running instance knows: its guards, protected names, earlier listings. */
export function asTested(input: Omit<PlanInput, keyof typeof INSTANCE>): PlanInput {
  return { ...input, ...INSTANCE };
}

function underTest({ name, policies }: PolicyTest, set: PolicySet): PolicySet['policies'] {
  if (policies === null || policies.length === 0) return set.policies;
  const known = set.policies.map((policy) => policy.name);
  for (const wanted of policies) {
    if (known.includes(wanted)) continue;
    const guess = suggest(wanted, known);
    const remedy = guess === null ? `one of ${known.join(', ')}` : `perhaps "${guess}"`;
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot run test "${name}": there is no policy "${wanted}", wanted ${remedy}`,
    );
  }
  return set.policies.filter((policy) => policies.includes(policy.name));
}
