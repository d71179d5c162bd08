import type { ImageTagPolicy } from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { planTarget } from '../../src/plan/plan.ts';
import { anImagePolicy, aPromotion, IMAGE_CAPABILITIES, planInput } from '../support/policies.ts';
import { aListing } from '../support/tags.ts';

export const SOURCE = { account: 'staging', path: 'shop/web' };
export const THERE = { account: 'prod', path: 'shop/web' };
const TO = [{ account: 'prod', repository: '{{ repository }}' }];

export function promoting(
  ...rules: readonly Partial<ReturnType<typeof aPromotion>>[]
): ImageTagPolicy {
  return anImagePolicy({
    name: 'release',
    targets: [{ account: 'staging', repositories: ['shop/*'], exclude: [] }],
    promote: rules.map((rule) => aPromotion({ to: TO, ...rule })),
  });
}

interface World {
  readonly source: readonly ListedTag[] | null;
  readonly here?: readonly ListedTag[];
}

export function inputOf({ source, here = [] }: World, policies: readonly ImageTagPolicy[]) {
  return planInput({
    target: THERE,
    listing: aListing(THERE, here),
    capabilities: IMAGE_CAPABILITIES,
    policies,
    sources: new Map([['staging/shop/web', source]]),
  });
}

export function planThere(world: World, ...policies: readonly ImageTagPolicy[]) {
  return planTarget(inputOf(world, policies));
}

export function brought(plan: ReturnType<typeof planTarget>): string[] {
  return plan.operations.map((operation) =>
    operation.type === 'promote' ? `${operation.tag} from ${operation.from}` : operation.type,
  );
}

/** What the plan says besides. */
export const messages = ({ findings }: ReturnType<typeof planTarget>) =>
  findings.map(({ message }) => message);
