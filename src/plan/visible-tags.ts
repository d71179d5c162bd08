import type { Listing } from '../model/listing.ts';
import type { Finding } from '../model/plan.ts';
import type { ListedTag } from '../model/tag.ts';
import { isSupplyChainTag, isTemporaryTag } from './hidden-tags.ts';
import { byText } from './wish.ts';

/** The tags of a repository that rules may see, sorted by name. */
export interface VisibleTags {
  readonly all: readonly ListedTag[];
  readonly byName: ReadonlyMap<string, ListedTag>;
}

/** Hides supply-chain tags and our own temporary ones. */
export function visibleTags({ tags }: Listing): VisibleTags {
  const all = tags
    .filter(({ name }) => !isHidden(name))
    .sort((left, right) => byText(left.name, right.name));
  return { all, byName: new Map(all.map((tag) => [tag.name, tag])) };
}

/** True for names no rule may see or touch. */
export function isHidden(name: string): boolean {
  return isSupplyChainTag(name) || isTemporaryTag(name);
}

/**
 * A temporary tag in a listing is the rest of an interrupted pass. It may be the last name of its content, so it is
 * reported and never deleted.
 */
export function leftoverFindings({ tags }: Listing, policy: string): Finding[] {
  return tags
    .filter(({ name }) => isTemporaryTag(name))
    .map(({ name }) => ({
      severity: 'warning',
      policy,
      rule: null,
      message: `Temporary tag "${name}" was left by an interrupted pass; check its content and delete it`,
    }));
}
