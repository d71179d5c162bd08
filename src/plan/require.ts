import { memoizeFor } from '../model/memo.ts';
import type { Finding } from '../model/plan.ts';
import type { RequireRule, ResourceTagPolicy } from '../model/policy.ts';
import { compilePattern } from '../policy/pattern.ts';
import { findingAt } from './wish.ts';

const requiredBy = memoizeFor(({ tags }: ResourceTagPolicy) => Object.entries(tags.require));

/** True for a policy that has anything to miss. */
export function requiresKeys(policy: ResourceTagPolicy): boolean {
  return requiredBy(policy).length > 0;
}

/** What the require rules miss in the state the plan leads to. They report; they never write. */
export function requireFindings(
  policies: readonly ResourceTagPolicy[],
  planned: ReadonlyMap<string, string | null>,
  isExempt: (policy: string, key: string) => boolean,
): Finding[] {
  return policies.flatMap((policy) =>
    requiredBy(policy).flatMap(([key, rule]) => {
      if (isExempt(policy.name, key)) return [];
      const message = breach(key, planned.get(key) ?? null, rule);
      const at = { policy: policy.name, rule: `tags.require.${key}` };
      return message === null ? [] : [findingAt(at, 'warning', message)];
    }),
  );
}

function breach(key: string, value: string | null, { oneOf, pattern }: RequireRule): string | null {
  if (value === null) return `required key "${key}" is missing`;
  if (oneOf !== null && !oneOf.includes(value)) {
    return `key "${key}" is "${value}", one of ${oneOf.join(', ')} was wanted`;
  }
  if (pattern !== null && !compilePattern(pattern).matches(value)) {
    return `key "${key}" is "${value}", a value matching ${pattern} was wanted`;
  }
  return null;
}
