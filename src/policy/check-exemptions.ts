import type { Exemption, ImageSelector, Policy, RepositorySelector } from '../model/policy.ts';
import { type PolicyComplaint, positionOf } from './complaint.ts';
import { globsMeet } from './glob-overlap.ts';
import { goalSelectors } from './promotion.ts';

interface Placed {
  readonly policy: Policy;
  readonly rule: string;
  readonly exemption: Exemption;
}

/** Exemptions that no longer hold at `now` (null: not asked), and ones that no target can fall under. */
export function checkExemptions(
  policies: readonly Policy[],
  now: Date | null,
): readonly PolicyComplaint[] {
  const placed = policies.flatMap((policy) =>
    policy.exemptions.map((exemption, index) => {
      return { policy, exemption, rule: `exemptions[${index}]` };
    }),
  );
  // An exemption of PolicyDefaults stands in every policy; it is one, and lives while any of them has use for it.
  const bySpot = Map.groupBy(placed, ({ policy, rule }) => {
    return JSON.stringify(Object.values(positionOf(policy, rule)));
  });
  return [...bySpot.values()].flatMap((group) => {
    return group.slice(0, 1).flatMap((first) => complaintOf(first, group, now) ?? []);
  });
}

function complaintOf(
  { policy, rule, exemption }: Placed,
  group: readonly Placed[],
  now: Date | null,
): PolicyComplaint | null {
  const { target, until } = exemption;
  if (now !== null && until <= now) {
    const message = `The exemption of "${target}" ended at ${until.toISOString()}`;
    const expected = 'a later date, or no exemption';
    const problem = { code: 'expired-exemption', severity: 'warning', message, expected } as const;
    return { policy, complaint: { rule, problem } };
  }
  const selectors = group.flatMap(({ policy: one }) => selectorsOf(one));
  if (selectors.some((selector) => mayFallUnder(selector, target))) return null;
  const message = `No target of the policy can match "${target}"`;
  const expected = 'a glob over account/path that meets the targets';
  const whole = selectors.find((one) => mayFallUnder(one, `${one.account}/${target}`));
  const suggestion = whole === undefined ? null : `${whole.account}/${target}`;
  const problem = {
    code: 'dead-exemption',
    severity: 'warning',
    message,
    expected,
    suggestion,
  } as const;
  return { policy, complaint: { rule, problem } };
}

/** Targets with rules of the policy, and those it promotes to. */
function selectorsOf(policy: Policy): readonly Selector[] {
  if (policy.kind !== 'ImageTagPolicy') return policy.targets;
  const goals = policy.promote.flatMap(({ to }) => to);
  return [...policy.targets, ...goals.flatMap((goal) => goalSelectors(policy, goal))];
}

type Selector = ImageSelector | RepositorySelector;

function mayFallUnder(selector: Selector, target: string): boolean {
  const { account } = selector;
  const paths = 'repositories' in selector ? selector.repositories : (selector.ids ?? ['*']);
  return paths.some((path) => globsMeet(`${account}/${path}`, target));
}
