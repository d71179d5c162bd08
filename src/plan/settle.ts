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
import { requireFindings } from './require.ts';
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
  const { wishes, findings } = desired(scene);
  const merged = mergeWishes(wishes, current);
  const drifts = diff(merged.decisions);
  const allowed = withoutProtected(drifts, scene.isProtected);
  const inMode = withinMode(allowed.drafts);
  const spared = withoutInUse(inMode.drafts, inUseAt(scene));
  const whole = withMetNeeds(spared.drafts, current);
  const safe = withSafeCycles(whole.drafts, current);
  const wanted = safe.drafts.map(({ operation }) => operation);
  const resource = policies.filter(isResource);
  const missing =
    resource.length === 0
      ? []
      : requireFindings(resource, plannedState(listing, wanted), exemptions.covers);
  return {
    wishes,
    merged,
    drifts,
    wanted,
    findings: [
      findings,
      exemptions.findings,
      ...[merged, allowed, inMode, spared, whole, safe].map((part) => part.findings),
      missing,
    ].flat(),
  };
}

/** Only contents of registries run anywhere. */
export function inUseAt({ capabilities, inUse = null }: Scene): InUse | null {
  return capabilities.kind === 'image' ? inUse : null;
}

/** Policies of the other kind are left to the capability check, which refuses the plan. */
function desired(scene: Scene): Wishes {
  const { policies, listing, attributes, exemptions, images, isProtected } = scene;
  const { wishes, findings } =
    scene.capabilities.kind === 'image'
      ? imageWishes({
          ...scene,
          policies: policies.filter(isImage),
          sources: scene.sources ?? new Map(),
        })
      : resourceWishes({
          policies: policies.filter(isResource),
          current: new Map(listing.tags.map(({ name, value }) => [name, value ?? ''])),
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
