import type { ListedTag } from './tag.ts';

/** One place whose tags we manage: a repository, or one VM image. */
export interface Target {
  readonly account: string;
  /** Repository path (`shop/web`) or image id. */
  readonly path: string;
}

/** Facts about a target that selectors and templates may use, such as `name` or `osType`. */
export type Attributes = Readonly<Record<string, string>>;

/** A target met on discovery, with its facts. */
export interface Discovered {
  readonly target: Target;
  readonly attributes: Attributes;
  /** Only BASIC_FACTS are among the attributes. */
  readonly isPartial?: true;
  /** The complete tags, where a call told them of many targets at once; null or absent: not told. */
  readonly tags?: readonly ListedTag[] | null;
  /** What the provider says that changes when the tags do; null or absent: it says nothing of the kind. */
  readonly fingerprint?: string | null;
}

/** Facts that calls for many targets tell along. */
export const BASIC_FACTS = ['id', 'name', 'status'] as const;

/** `account/path`, the key used in logs, jobs and on the command line. */
export function targetKey(target: Target): string {
  return `${target.account}/${target.path}`;
}
