import type {
  ChannelRule,
  Exemption,
  ImageTagPolicy,
  Limits,
  Policy,
  PromoteRule,
  RemoveRule,
  RequireRule,
  ResourceTagPolicy,
  RetainRule,
  Schedule,
} from '../model/policy.ts';
import {
  DEFAULT_INTERVAL_MS,
  type ExemptionDocument,
  type LimitsDocument,
} from './schema-common.ts';
import type {
  ChannelDocument,
  ImageTagPolicyDocument,
  PromoteDocument,
  RetainDocument,
} from './schema-image.ts';
import type { ResourceTagPolicyDocument } from './schema-resource.ts';

type Places = Pick<Policy, 'position' | 'positions'>;

/** A document that becomes a policy. */
export type RuleDocument = ResourceTagPolicyDocument | ImageTagPolicyDocument;

/** Turns a checked document into the policy the stages work with. */
export function buildPolicy(document: RuleDocument, places: Places): Policy {
  switch (document.kind) {
    case 'ResourceTagPolicy':
      return buildResource(document, places);
    case 'ImageTagPolicy':
      return buildImage(document, places);
  }
}

function buildBase({ metadata, spec }: RuleDocument) {
  const { mode, suspend, protect } = spec;
  const schedule = buildSchedule(spec) ?? HALF_HOURLY;
  return {
    name: metadata.name,
    mode,
    suspend,
    protect,
    schedule,
    limits: buildLimits(spec.limits),
    exemptions: spec.exemptions.map(buildExemption),
  };
}

const HALF_HOURLY: Schedule = { type: 'interval', intervalMs: DEFAULT_INTERVAL_MS };

interface Timing {
  readonly interval?: number | undefined;
  readonly schedule?: { readonly cron: string; readonly timeZone: string } | undefined;
}

/** When to look; null: the document does not say. */
export function buildSchedule({ interval, schedule }: Timing): Schedule | null {
  if (schedule !== undefined) return { type: 'cron', ...schedule };
  return interval === undefined ? null : { type: 'interval', intervalMs: interval };
}

/** Ceilings with null for those that are not stated. */
export function buildLimits(limits: LimitsDocument): Limits {
  const { maxChanges = null, maxDeletes = null, maxDeletePercent = null } = limits;
  return { maxChanges, maxDeletes, maxDeletePercent };
}

/** An exemption as the stages know it. */
export function buildExemption({ target, tags, until, reason }: ExemptionDocument): Exemption {
  return { target, tags, until, reason };
}

function buildResource(document: ResourceTagPolicyDocument, places: Places): ResourceTagPolicy {
  const { kind, spec } = document;
  const { tags, exclusive } = spec;
  const targets = spec.targets.map(({ account, images }) => {
    const { name = null, visibility = null, ids = null } = images;
    return { account, name, visibility, ids, tags: images.tags ?? null };
  });
  const require = Object.fromEntries(
    Object.entries(tags.require).map(([key, rule]) => [key, buildRequire(rule)]),
  );
  const remove = tags.remove.map(buildRemove);
  return {
    kind,
    ...buildBase(document),
    targets,
    tags: { ...tags, remove, require },
    exclusive,
    ...places,
  };
}

type TagsDocument = ResourceTagPolicyDocument['spec']['tags'];
type RequireDocument = NonNullable<TagsDocument['require'][string]>;

function buildRemove(rule: TagsDocument['remove'][number]): RemoveRule {
  return typeof rule === 'string' ? { by: 'glob', glob: rule } : { by: 'pair', ...rule };
}

function buildRequire(rule: RequireDocument): RequireRule {
  return { oneOf: rule.oneOf ?? null, pattern: rule.pattern ?? null };
}

function buildImage(document: ImageTagPolicyDocument, places: Places): ImageTagPolicy {
  const { kind, spec } = document;
  return {
    kind,
    ...buildBase(document),
    targets: spec.targets,
    copies: spec.copies,
    channels: spec.channels.map(buildChannel),
    promote: spec.promote.map(buildPromote),
    retain: spec.retain.map(buildRetain),
    ...places,
  };
}

function buildChannel(channel: ChannelDocument): ChannelRule {
  const { tag, backup = null, allowDowngrade } = channel;
  return { tag, ...buildChoice(channel), backup, allowDowngrade };
}

function buildPromote(rule: PromoteDocument): PromoteRule {
  const { tag = null, count = 1, noClobber, referrers } = rule;
  const to = rule.to.map(({ account = null, repository }) => ({ account, repository }));
  const most = count === 'all' ? null : count;
  return { to, tag, ...buildChoice(rule), count: most, noClobber, referrers };
}

function buildChoice({ filter, select, minAge, ageBy, requirePlatforms }: ChoiceDocument) {
  return {
    filter:
      filter === undefined ? null : { pattern: filter.pattern, extract: filter.extract ?? null },
    select,
    minAgeMs: minAge ?? 0,
    ageBy: ageBy ?? 'stated',
    requirePlatforms,
  } as const;
}

type ChoiceDocument = Pick<
  ChannelDocument,
  'filter' | 'select' | 'minAge' | 'ageBy' | 'requirePlatforms'
>;

function buildRetain(rule: RetainDocument): RetainRule {
  const { name, action, pattern = null, semver = null, newest = null, groupBy = null } = rule;
  const { olderThan: olderThanMs = null, ageBy = 'stated', countBy = 'name' } = rule;
  return { name, action, pattern, semver, newest, groupBy, olderThanMs, ageBy, countBy };
}
