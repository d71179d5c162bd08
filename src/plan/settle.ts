import type { InUse } from '../model/in-use.ts';
import type { Finding, Operation } from '../model/plan.ts';
import type { ImageTagPolicy, Policy, ResourceTagPolicy } from '../model/policy.ts';
import { withSafeCycles } from './cycles.ts';
import {
  type Draft,
  diff,
  plannedState,
  withinMode,
  withMetNeeds,
  withoutProtected,
} from './diff.ts';
import { imageWishes } from './image-tags.ts';
import { withoutInUse } from './in-use.ts';
import { type Merged, mergeWishes } from './merge.ts';
import { requireFindings, requiresKeys } from './require.ts';
import { resourceWishes } from './resource-tags.ts';
import type { Scene } from './scene.ts';
import type { Wish, Wishes } from './wish.ts';

/** How the rules were settled, stage by stage; explainTarget() tells it. */
export interface Settlement {
  readonly wishes: readonly Wish[];
  readonly merged: Merged;
  /** What would have to happen, before protection, modes and needs take out their part. */
  readonly drifts: readonly Draft[];
  /** What is left to do, in no order yet. */
  readonly wanted: readonly Operation[];
  readonly findings: readonly Finding[];
}

/** Desired state, precedence, difference, then what may not happen is taken out again. */
export function settle(scene: Scene): Settlement {
  const { current, listing, policies, exemptions } = scene;
  const resource = policies.filter(isResource);
  const { wishes, findings } = desired(scene, resource);
  const merged = mergeWishes(wishes, current);
  const drifts = diff(merged.decisions);
  const allowed = withoutProtected(drifts, scene.isProtected);
  const inMode = withinMode(allowed.drafts);
  const spared = withoutInUse(inMode.drafts, inUseAt(scene));
  const whole = withMetNeeds(spared.drafts, current);
  const safe = withSafeCycles(whole.drafts, current);
  const wanted = safe.drafts.map(({ operation }) => operation);
  const requiring = resource.filter(requiresKeys);
  const missing =
    requiring.length === 0
      ? []
      : requireFindings(requiring, plannedState(listing, wanted), exemptions.covers);
  return {
    wishes,
    merged,
    drifts,
    wanted,
    findings: joined([
      findings,
      exemptions.findings,
      merged.findings,
      allowed.findings,
      inMode.findings,
      spared.findings,
      whole.findings,
      safe.findings,
      missing,
    ]),
  };
}

const NO_FINDINGS: readonly Finding[] = [];

function joined(lists: readonly (readonly Finding[])[]): readonly Finding[] {
  for (const list of lists) if (list.length > 0) return lists.flat();
  return NO_FINDINGS;
}

/** Only contents of registries run anywhere. */
export function inUseAt({ capabilities, inUse = null }: Scene): InUse | null {
  return capabilities.kind === 'image' ? inUse : null;
}

/** Policies of the other kind are left to the capability check, which refuses the plan. */
function desired(scene: Scene, resource: readonly ResourceTagPolicy[]): Wishes {
  const { policies, current, attributes, exemptions, images, isProtected } = scene;
  const { wishes, findings } =
    scene.capabilities.kind === 'image'
      ? imageWishes({
          ...scene,
          policies: policies.filter(isImage),
          sources: scene.sources ?? new Map(),
        })
      : resourceWishes({
          policies: resource,
          current,
          attributes: attributes ?? {},
          images,
          isProtected,
          isExempt: exemptions.covers,
        });
  return { wishes: exemptions.spare(wishes), findings };
}

function isResource(policy: Policy): policy is ResourceTagPolicy {
  return policy.kind === 'ResourceTagPolicy';
}

function isImage(policy: Policy): policy is ImageTagPolicy {
  return policy.kind === 'ImageTagPolicy';
}
