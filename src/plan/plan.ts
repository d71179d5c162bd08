import type { Capabilities } from '../model/capabilities.ts';
import { globMatcher } from '../model/glob.ts';
import type { Listing } from '../model/listing.ts';
import type { Finding, Operation, Plan, Verdict } from '../model/plan.ts';
import type { ImageTagPolicy, Policy, ResourceTagPolicy } from '../model/policy.ts';
import type { Attributes, Target } from '../model/target.ts';
import { selectsTarget } from '../policy/selector.ts';
import { capabilityReasons } from './capability.ts';
import { withSafeCycles } from './cycles.ts';
import { diff, plannedState, withinMode, withMetNeeds, withoutProtected } from './diff.ts';
import { guardReasons } from './guard.ts';
import { hashPlan } from './hash.ts';
import { isTemporaryTag, SUPPLY_CHAIN_GLOBS } from './hidden-tags.ts';
import { imageWishes } from './image-tags.ts';
import { mergeWishes } from './merge.ts';
import { orderOperations } from './order.ts';
import { requireFindings } from './require.ts';
import { resourceWishes } from './resource-tags.ts';
import { isHidden } from './visible-tags.ts';
import { byText, type Wishes } from './wish.ts';

/** Everything a plan depends on; nothing else is read. */
export interface PlanInput {
  readonly target: Target;
  /** Those that select the target, suspended ones left out. */
  readonly policies: readonly Policy[];
  readonly listing: Listing;
  /** Facts for templates and selectors; null: not known. */
  readonly attributes: Attributes | null;
  readonly capabilities: Capabilities;
  readonly guards: { readonly maxDeletePercent: number };
  /** Patterns of the account, set outside of the policies. */
  readonly protect: readonly string[];
  /** Tags at the last complete listing; null: not known. */
  readonly baseline: number | null;
  /** Plan digests a person let through; a guard does not refuse these. */
  readonly confirmed: ReadonlySet<string>;
  readonly now: Date;
}

interface Scene extends PlanInput {
  readonly current: ReadonlyMap<string, string | null>;
  readonly isProtected: (name: string) => boolean;
}

/** What to do at one target: desired, diff, mode, order, guard, hash. The same inputs in any order give the same plan. */
export function planTarget(input: PlanInput): Plan {
  const { target, listing, capabilities } = input;
  const policies = relevantPolicies(input);
  const protect = protectedBy(input, policies);
  const scene: Scene = {
    ...input,
    policies,
    current: new Map(listing.tags.map(({ name, value }) => [name, value])),
    isProtected: protection(protect, capabilities),
  };
  const { wanted, findings } = wantedOperations(scene);
  const operations = orderOperations({
    operations: wanted,
    listed: listing.tags.map(({ name }) => name),
    maxTags: capabilities.maxTags,
  });
  const digest = hashPlan(listing, operations);
  const verdict = judge(scene, operations, digest);
  const listed = listing.tags.length;
  return { target, operations, findings: sortFindings(findings), verdict, digest, protect, listed };
}

/** Sorted by name; a policy that also selects by tags is asked again now that they are listed. */
function relevantPolicies({ policies, target, listing, attributes }: PlanInput): Policy[] {
  return policies
    .filter((policy) => {
      const byTags =
        policy.kind === 'ResourceTagPolicy' && policy.targets.some(({ tags }) => tags !== null);
      return !byTags || selectsTarget(policy, target, attributes, listing.tags) !== false;
    })
    .toSorted((left, right) => byText(left.name, right.name));
}

function protectedBy({ protect, capabilities }: PlanInput, policies: readonly Policy[]): string[] {
  const supplyChain = capabilities.kind === 'image' ? SUPPLY_CHAIN_GLOBS : [];
  const globs = [...protect, ...policies.flatMap((policy) => policy.protect), ...supplyChain];
  return [...new Set(globs)].sort(byText);
}

function protection(globs: readonly string[], { kind }: Capabilities): (name: string) => boolean {
  const matches = globMatcher(globs);
  return kind === 'image' ? (name) => isHidden(name) || matches(name) : matches;
}

interface Wanted {
  readonly wanted: readonly Operation[];
  readonly findings: readonly Finding[];
}

function wantedOperations(scene: Scene): Wanted {
  const { current, policies } = scene;
  const { wishes, findings } = desired(scene);
  const merged = mergeWishes(wishes, current);
  const allowed = withoutProtected(diff(merged.decisions, current), scene.isProtected);
  const inMode = withinMode(allowed.drafts);
  const whole = withMetNeeds(inMode.drafts, current);
  const safe = withSafeCycles(whole.drafts, current);
  const wanted = safe.drafts.map(({ operation }) => operation);
  const missing = requireFindings(policies.filter(isResource), plannedState(current, wanted));
  return {
    wanted,
    findings: [
      findings,
      ...[merged, allowed, inMode, whole, safe].map((part) => part.findings),
      missing,
    ].flat(),
  };
}

/** Policies of the other kind are left to the capability check, which refuses the plan. */
function desired({ policies, listing, attributes, capabilities, isProtected, now }: Scene): Wishes {
  switch (capabilities.kind) {
    case 'image':
      return imageWishes({ policies: policies.filter(isImage), listing, now });
    case 'resource': {
      const current = new Map(listing.tags.map(({ name, value }) => [name, value ?? '']));
      return resourceWishes({
        policies: policies.filter(isResource),
        current,
        attributes: attributes ?? {},
        isProtected,
      });
    }
  }
}

function isResource(policy: Policy): policy is ResourceTagPolicy {
  return policy.kind === 'ResourceTagPolicy';
}

function isImage(policy: Policy): policy is ImageTagPolicy {
  return policy.kind === 'ImageTagPolicy';
}

/** What the provider cannot do is never confirmed away; what a guard stops is, by this plan's digest only. */
function judge(scene: Scene, operations: readonly Operation[], digest: string): Verdict {
  const { listing, confirmed, guards, current } = scene;
  const listed = listing.tags.length;
  const impossible = [
    ...capabilityReasons({ ...scene, operations, listed }),
    ...unsafeTemporaries(scene, operations),
  ];
  if (impossible.length > 0) return { safe: false, reasons: impossible };
  const remaining = plannedState(current, operations).size;
  const reasons = guardReasons({ ...scene, ...guards, operations, listed, remaining });
  if (reasons.length === 0 || confirmed.has(digest)) return { safe: true };
  return {
    safe: false,
    reasons: reasons.map(
      (reason) => `${reason}; to let this one plan through: --confirm ${digest}`,
    ),
  };
}

function unsafeTemporaries(
  { protect, policies }: Scene,
  operations: readonly Operation[],
): string[] {
  const matches = globMatcher([...protect, ...policies.flatMap((policy) => policy.protect)]);
  return operations
    .filter(({ type, tag }) => type === 'copy' && isTemporaryTag(tag) && matches(tag))
    .map(({ tag, policy, rule }) => {
      const at = `policy "${policy}" ${rule}`;
      return `Cannot copy "${tag}" (${at}): the temporary tag of a cycle is protected, a free name was wanted`;
    });
}

function sortFindings(findings: readonly Finding[]): Finding[] {
  const keyed = new Map(
    findings.map((finding) => {
      const { policy, rule, severity, message } = finding;
      return [JSON.stringify([policy, rule ?? '', severity, message]), finding];
    }),
  );
  return [...keyed].sort(([left], [right]) => byText(left, right)).map(([, finding]) => finding);
}
