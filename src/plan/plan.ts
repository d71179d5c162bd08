import { globMatcher } from '../model/glob.ts';
import type { Finding, Operation, Plan, Verdict } from '../model/plan.ts';
import { capabilityReasons, growthOf } from './capability.ts';
import { guardReasons } from './guard.ts';
import { hashPlan } from './hash.ts';
import { isTemporaryTag } from './hidden-tags.ts';
import { withTimes } from './judged.ts';
import { orderOperations } from './order.ts';
import { createScene, type PlanInput, type Scene } from './scene.ts';
import { settle } from './settle.ts';
import { byText } from './wish.ts';

export type { PlanInput } from './scene.ts';

/** What to do at one target: desired, diff, mode, order, guard, hash. The same inputs in any order give the same plan. */
export function planTarget(input: PlanInput): Plan {
  const scene = createScene(input);
  const { wanted, findings } = settle(scene);
  const crossed = scene.exemptions.crossedBy(wanted);
  const all = crossed.length === 0 ? findings : [...findings, ...crossed];
  const plan = finishPlan(scene, wanted, all);
  const operations = withTimes(plan.operations, scene);
  return operations === plan.operations ? plan : { ...plan, operations };
}

/** Wanted operations made into a plan: order, hash, verdict of the guards. */
export function finishPlan(
  scene: Scene,
  wanted: readonly Operation[],
  findings: readonly Finding[],
): Plan {
  const { target, listing, capabilities, protectedBy } = scene;
  const operations = orderOperations({
    operations: wanted,
    listed: () => listing.tags.map(({ name }) => name),
    maxTags: capabilities.maxTags,
  });
  const digest = hashPlan(listing, operations);
  return {
    target,
    operations,
    findings: sortFindings(findings),
    verdict: judge(scene, operations, digest),
    digest,
    protect: protectedBy,
    listed: listing.tags.length,
  };
}

const SAFE: Verdict = { safe: true };

/** What the provider cannot do is never confirmed away; what a guard stops is, by this plan's digest only. */
function judge(scene: Scene, operations: readonly Operation[], digest: string): Verdict {
  const { listing, confirmed, policies, capabilities, baseline, current } = scene;
  const listed = listing.tags.length;
  const impossible = capabilityReasons({ operations, policies, capabilities, listed });
  // Nothing runs at a target in sync, so no guard has anything to count.
  if (operations.length === 0 && impossible.length === 0) return SAFE;
  impossible.push(...unsafeTemporaries(scene, operations));
  if (impossible.length > 0) return { safe: false, reasons: impossible };
  const remaining = operations.reduce((count, one) => count + growthOf(one), current.size);
  const { maxDeletePercent } = scene.guards;
  const guarded = { operations, policies, listed, remaining, baseline, maxDeletePercent };
  const reasons = guardReasons(guarded);
  if (reasons.length === 0 || confirmed.has(digest)) return SAFE;
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
  const temporary = operations.filter(({ type, tag }) => type === 'copy' && isTemporaryTag(tag));
  // Every plan comes by here, and nearly none has a cycle.
  if (temporary.length === 0) return [];
  const matches = globMatcher([...protect, ...policies.flatMap((policy) => policy.protect)]);
  return temporary
    .filter(({ tag }) => matches(tag))
    .map(({ tag, policy, rule }) => {
      const at = `policy "${policy}" ${rule}`;
      return `Cannot copy "${tag}" (${at}): the temporary tag of a cycle is protected, a free name was wanted`;
    });
}

function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  const keyed = new Map(
    findings.map((finding) => {
      const { policy, rule, severity, message } = finding;
      return [JSON.stringify([policy, rule ?? '', severity, message]), finding];
    }),
  );
  return [...keyed].sort(([left], [right]) => byText(left, right)).map(([, finding]) => finding);
}
