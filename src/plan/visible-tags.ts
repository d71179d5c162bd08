import type { Listing } from '../model/listing.ts';
import type { Finding } from '../model/plan.ts';
import type { ListedTag } from '../model/tag.ts';
import { isSupplyChainTag, isTemporaryTag } from './hidden-tags.ts';

/** The tags of a repository that rules may see, sorted by name. */
export interface VisibleTags {
  readonly all: readonly ListedTag[];
  /** Those no rule may see. */
  readonly hidden: readonly ListedTag[];
  /** Null: there is no such tag, or no rule may see it. */
  find(name: string): ListedTag | null;
}

/** Hides supply-chain tags and our own temporary ones; the listing is sorted by name. */
export function visibleTags(
  { tags }: Listing,
  current: ReadonlyMap<string, ListedTag>,
): VisibleTags {
  const hidden = tags.filter(({ name }) => isHidden(name));
  const all = hidden.length === 0 ? tags : tags.filter(({ name }) => !isHidden(name));
  return { all, hidden, find: (name) => (isHidden(name) ? null : (current.get(name) ?? null)) };
}

/** True for names no rule may see or touch. */
export function isHidden(name: string): boolean {
  return isSupplyChainTag(name) || isTemporaryTag(name);
}

/**
 * A temporary tag in a listing is the rest of an interrupted pass. It may be the last name of its content, so it is
 * reported and never deleted.
 */
export function leftoverFindings({ hidden }: VisibleTags, policy: string): Finding[] {
  return hidden
    .filter(({ name }) => isTemporaryTag(name))
    .map(({ name }) => ({
      severity: 'warning',
      policy,
      rule: null,
      message: `Temporary tag "${name}" was left by an interrupted pass; check its content and delete it`,
    }));
}
