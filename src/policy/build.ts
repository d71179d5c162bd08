import type {
  ChannelRule,
  ImageTagPolicy,
  Limits,
  Policy,
  RemoveRule,
  RequireRule,
  ResourceTagPolicy,
  RetainRule,
  Schedule,
} from '../model/policy.ts';
import type { PolicyDocument } from './schema.ts';
import { DEFAULT_INTERVAL_MS } from './schema-common.ts';
import type { ChannelDocument, ImageTagPolicyDocument, RetainDocument } from './schema-image.ts';
import type { ResourceTagPolicyDocument } from './schema-resource.ts';

type Places = Pick<Policy, 'position' | 'positions'>;

/** Turns a checked document into the policy the stages work with. */
export function buildPolicy(document: PolicyDocument, places: Places): Policy {
  switch (document.kind) {
    case 'ResourceTagPolicy':
      return buildResource(document, places);
    case 'ImageTagPolicy':
      return buildImage(document, places);
  }
}

function buildBase({ metadata, spec }: PolicyDocument) {
  const { mode, suspend, protect } = spec;
  const schedule = buildSchedule(spec);
  return {
    name: metadata.name,
    mode,
    suspend,
    protect,
    schedule,
    limits: buildLimits(spec.limits),
    exemptions: [],
  };
}

function buildSchedule({ interval, schedule }: PolicyDocument['spec']): Schedule {
  if (schedule !== undefined) return { type: 'cron', ...schedule };
  return { type: 'interval', intervalMs: interval ?? DEFAULT_INTERVAL_MS };
}

function buildLimits(limits: PolicyDocument['spec']['limits']): Limits {
  const { maxChanges = null, maxDeletes = null, maxDeletePercent = null } = limits;
  return { maxChanges, maxDeletes, maxDeletePercent };
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
    tags: { ...tags, copyFrom: [], remove, require },
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
    retain: spec.retain.map(buildRetain),
    ...places,
  };
}

function buildChannel(channel: ChannelDocument): ChannelRule {
  const { tag, filter, select, minAge = 0, backup = null, allowDowngrade } = channel;
  return {
    tag,
    filter:
      filter === undefined ? null : { pattern: filter.pattern, extract: filter.extract ?? null },
    select,
    minAgeMs: minAge,
    backup,
    allowDowngrade,
  };
}

function buildRetain(rule: RetainDocument): RetainRule {
  const { name, action, pattern = null, semver = null, newest = null, groupBy = null } = rule;
  const olderThanMs = rule.olderThan ?? null;
  return { name, action, pattern, semver, newest, groupBy, olderThanMs, countBy: 'name' };
}
