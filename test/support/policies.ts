import type { Capabilities } from '../../src/model/capabilities.ts';
import type {
  ChannelRule,
  ImageTagPolicy,
  Policy,
  PromoteRule,
  ResourceTagPolicy,
  RetainRule,
} from '../../src/model/policy.ts';
import type { ListedTag } from '../../src/model/tag.ts';
import { type PlanInput, planTarget } from '../../src/plan/plan.ts';
import { aListing, IMAGE, NOW, REPOSITORY } from './tags.ts';

const base = {
  name: 'policy-a',
  mode: 'sync',
  schedule: { type: 'interval', intervalMs: 60_000 },
  suspend: false,
  protect: [],
  limits: { maxChanges: null, maxDeletes: null, maxDeletePercent: null },
  exemptions: [],
  position: { file: 'policies/a.yaml', line: 1, column: 1 },
  positions: {},
} as const;

type Tags = ResourceTagPolicy['tags'];

const NO_TAGS: Tags = {
  ensure: {},
  default: {},
  rename: [],
  normalize: [],
  copyFrom: [],
  remove: [],
  require: {},
};

/** A ResourceTagPolicy that selects every image of the test account. */
export function aResourcePolicy(
  tags: Partial<Tags>,
  overrides: Partial<ResourceTagPolicy> = {},
): ResourceTagPolicy {
  return {
    ...base,
    kind: 'ResourceTagPolicy',
    targets: [{ account: IMAGE.account, name: null, visibility: null, ids: null, tags: null }],
    tags: { ...NO_TAGS, ...tags },
    exclusive: false,
    ...overrides,
  };
}

/** An ImageTagPolicy that selects every repository of the test account. */
export function anImagePolicy(overrides: Partial<ImageTagPolicy>): ImageTagPolicy {
  return {
    ...base,
    kind: 'ImageTagPolicy',
    targets: [{ account: REPOSITORY.account, repositories: ['**'], exclude: [] }],
    copies: [],
    channels: [],
    promote: [],
    retain: [],
    ...overrides,
  };
}

/** A channel `stable` over all releases. */
export function aChannel(overrides: Partial<ChannelRule> = {}): ChannelRule {
  return {
    tag: 'stable',
    filter: null,
    select: { by: 'semver', range: '*', prerelease: false },
    minAgeMs: 0,
    ageBy: 'stated',
    requirePlatforms: [],
    backup: null,
    allowDowngrade: false,
    ...overrides,
  };
}

/** Every release to the same path of another account. */
export function aPromotion(overrides: Partial<PromoteRule> = {}): PromoteRule {
  return {
    to: [{ account: 'mirror', repository: '{{ repository }}' }],
    tag: null,
    filter: null,
    select: { by: 'semver', range: '*', prerelease: false },
    count: null,
    minAgeMs: 0,
    ageBy: 'stated',
    requirePlatforms: [],
    noClobber: true,
    referrers: false,
    ...overrides,
  };
}

/** A retain rule without conditions. */
export function aRetain(overrides: Partial<RetainRule>): RetainRule {
  return {
    name: 'rule',
    action: 'delete',
    pattern: null,
    semver: null,
    newest: null,
    groupBy: null,
    olderThanMs: null,
    ageBy: 'stated',
    countBy: 'name',
    ...overrides,
  };
}

export const RESOURCE_CAPABILITIES: Capabilities = {
  kind: 'resource',
  operations: new Set(['add', 'delete']),
  missing: { copy: 'keys hold text, use add' },
  maxTags: 10,
  refuseName: (name) => (name.length > 36 ? 'a key has at most 36 characters' : null),
  refuseValue: (value) => (value.length > 43 ? 'a value has at most 43 characters' : null),
};

export const IMAGE_CAPABILITIES: Capabilities = {
  kind: 'image',
  operations: new Set(['copy', 'promote', 'delete']),
  missing: {},
  maxTags: null,
  refuseName: (name) =>
    /^\w[\w.-]*$/.test(name) ? null : 'a tag is letters, digits, "_", "." and "-"',
  refuseValue: () => null,
};

const common = {
  attributes: null,
  images: new Map(),
  guards: { maxDeletePercent: 30 },
  protect: [],
  baseline: null,
  confirmed: new Set<string>(),
  now: NOW,
} as const;

type Given = Pick<PlanInput, 'target' | 'policies' | 'listing' | 'capabilities'>;

/** A whole plan input: nothing protected from outside, no baseline, nothing confirmed. */
export function planInput(given: Given & Partial<PlanInput>): PlanInput {
  return { ...common, ...given };
}

/** The plan for a VM image with these tags. */
export function planImage(
  tags: readonly ListedTag[],
  policies: readonly Policy[],
  overrides: Partial<PlanInput> = {},
): ReturnType<typeof planTarget> {
  const listing = aListing(IMAGE, tags);
  const capabilities = RESOURCE_CAPABILITIES;
  return planTarget({ ...common, target: IMAGE, policies, listing, capabilities, ...overrides });
}

/** The plan for a repository with these tags. */
export function planRepository(
  tags: readonly ListedTag[],
  policies: readonly Policy[],
  overrides: Partial<PlanInput> = {},
): ReturnType<typeof planTarget> {
  const listing = aListing(REPOSITORY, tags);
  const capabilities = IMAGE_CAPABILITIES;
  return planTarget({
    ...common,
    target: REPOSITORY,
    policies,
    listing,
    capabilities,
    ...overrides,
  });
}
