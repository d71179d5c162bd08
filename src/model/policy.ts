import type { Mode } from './mode.ts';
import type { PolicyTest } from './policy-test.ts';
import type { Position } from './position.ts';

export type Schedule =
  | { readonly type: 'interval'; readonly intervalMs: number }
  | { readonly type: 'cron'; readonly cron: string; readonly timeZone: string };

/** Ceilings of one policy; null: the instance's own. */
export interface Limits {
  readonly maxChanges: number | null;
  readonly maxDeletes: number | null;
  /** 0–100, of the tags listed at one target. */
  readonly maxDeletePercent: number | null;
}

/** `images:` of a ResourceTagPolicy target. Fields that are null do not restrict. */
export interface ImageSelector {
  readonly account: string;
  /** Glob over the image name. */
  readonly name: string | null;
  readonly visibility: 'private' | 'public' | 'shared' | null;
  readonly ids: readonly string[] | null;
  /** Tags the image must already carry, value equal. */
  readonly tags: Readonly<Record<string, string>> | null;
}

/** `repositories:` of an ImageTagPolicy target; globs over the repository path. */
export interface RepositorySelector {
  readonly account: string;
  readonly repositories: readonly string[];
  readonly exclude: readonly string[];
}

/** Takes names of some targets out of a policy's rules until a day, with the reason. */
export interface Exemption {
  /** Glob over `account/path`. */
  readonly target: string;
  /** Globs over tag names; empty: all. */
  readonly tags: readonly string[];
  /** First moment at which it no longer holds. */
  readonly until: Date;
  readonly reason: string;
}

interface PolicyBase {
  readonly name: string;
  readonly mode: Mode;
  readonly schedule: Schedule;
  readonly suspend: boolean;
  readonly protect: readonly string[];
  readonly limits: Limits;
  readonly exemptions: readonly Exemption[];
  readonly position: Position;
  /** Position of a rule by its path under `spec`, such as `channels[0]` or `tags.ensure.owner`. */
  readonly positions: Readonly<Record<string, Position>>;
}

/** One way to select tags to remove: a glob over keys, or one key with one value. */
export type RemoveRule =
  | { readonly by: 'glob'; readonly glob: string }
  | { readonly by: 'pair'; readonly key: string; readonly value: string };

export const TRANSFORMS = ['trim', 'lower', 'upper'] as const;
export type Transform = (typeof TRANSFORMS)[number];

export interface NormalizeRule {
  readonly key: string;
  readonly transforms: readonly Transform[];
  readonly map: Readonly<Record<string, string>>;
}

/** Takes keys over from another image of the same account. */
export interface CopyFromRule {
  /** Template of the other image's id. */
  readonly image: string;
  readonly keys: readonly string[];
  /** False: only keys the image does not carry. */
  readonly overwrite: boolean;
}

export interface RequireRule {
  readonly oneOf: readonly string[] | null;
  /** Regular expression, matched whole, by a linear-time engine. */
  readonly pattern: string | null;
}

/** Rules for the key-value tags of VM images. Values of ensure and default are templates. */
export interface ResourceTagPolicy extends PolicyBase {
  readonly kind: 'ResourceTagPolicy';
  readonly targets: readonly ImageSelector[];
  readonly tags: {
    readonly ensure: Readonly<Record<string, string>>;
    readonly default: Readonly<Record<string, string>>;
    readonly rename: readonly { readonly from: string; readonly to: string }[];
    readonly normalize: readonly NormalizeRule[];
    readonly copyFrom: readonly CopyFromRule[];
    readonly remove: readonly RemoveRule[];
    readonly require: Readonly<Record<string, RequireRule>>;
  };
  readonly exclusive: boolean;
}

export interface CopyRule {
  readonly from: string;
  readonly to: string;
  readonly override: boolean;
}

/** How the best candidate of a channel is chosen. */
export type Selection =
  | { readonly by: 'semver'; readonly range: string; readonly prerelease: boolean }
  | { readonly by: 'numerical'; readonly order: 'highest' | 'lowest' }
  | { readonly by: 'alphabetical'; readonly order: 'highest' | 'lowest' }
  | { readonly by: 'newest'; readonly time: 'created' | 'updated' };

export interface TagFilter {
  /** Regular expression, matched whole. */
  readonly pattern: string;
  /** Name of the group whose text is compared instead of the whole tag name. */
  readonly extract: string | null;
}

/** What an age is counted from: the time the provider states, the time the content was built, or our first sight of it. */
export const AGES = ['stated', 'created', 'first-seen'] as const;
export type AgeBy = (typeof AGES)[number];

export interface ChannelRule {
  /** Template of the channel's name: `stable`, or `{{ major }}.{{ minor }}`. */
  readonly tag: string;
  readonly filter: TagFilter | null;
  readonly select: Selection;
  readonly minAgeMs: number;
  readonly ageBy: AgeBy;
  /** Platforms a candidate must hold, all of them. */
  readonly requirePlatforms: readonly string[];
  readonly backup: string | null;
  readonly allowDowngrade: boolean;
}

/** Where a promotion goes to. */
export interface PromotionGoal {
  /** Null: the account the content comes from. */
  readonly account: string | null;
  /** Repository path, in which `{{ repository }}` stands for the path the content comes from. */
  readonly repository: string;
}

/** Brings the best candidates of the policy's targets to other repositories. */
export interface PromoteRule {
  readonly to: readonly PromotionGoal[];
  /** Template of the name there; null: each candidate's own. */
  readonly tag: string | null;
  readonly filter: TagFilter | null;
  readonly select: Selection;
  /** How many of the best candidates keep their name there; null: all. With `tag` one for each rendered name. */
  readonly count: number | null;
  readonly minAgeMs: number;
  readonly ageBy: AgeBy;
  readonly requirePlatforms: readonly string[];
  /** True: a name that is bound to other content there stays what it is. */
  readonly noClobber: boolean;
  readonly referrers: boolean;
}

/** A tag belongs to the rule when every condition that is set holds. */
export interface RetainRule {
  readonly name: string;
  readonly action: 'keep' | 'delete';
  readonly pattern: string | null;
  readonly semver: string | null;
  /** Only the N newest of each group (keep), by the time the provider states. */
  readonly newest: number | null;
  /** Pattern whose first named group is the group's name. */
  readonly groupBy: string | null;
  readonly olderThanMs: number | null;
  /** What `olderThanMs` is counted from. */
  readonly ageBy: AgeBy;
  /** What `newest` counts: names, or distinct digests (several names of one digest count once). */
  readonly countBy: 'name' | 'digest';
}

/** Rules for the tags of container repositories. */
export interface ImageTagPolicy extends PolicyBase {
  readonly kind: 'ImageTagPolicy';
  readonly targets: readonly RepositorySelector[];
  readonly copies: readonly CopyRule[];
  readonly channels: readonly ChannelRule[];
  readonly promote: readonly PromoteRule[];
  readonly retain: readonly RetainRule[];
}

export type Policy = ResourceTagPolicy | ImageTagPolicy;

/** Ref that is followed and the commit at its head, as in `main@sha1:3f2a…`. */
export type GitRevision = `${string}@sha1:${string}`;

/** All policies of one commit or folder, loaded together or not at all. */
export interface PolicySet {
  /** `sha256:…` over names and bytes of all files of a folder; `ref@sha1:…` of a git commit. */
  readonly revision: `sha256:${string}` | GitRevision;
  readonly policies: readonly Policy[];
  /** PolicyTest documents of the same files. */
  readonly tests: readonly PolicyTest[];
}
