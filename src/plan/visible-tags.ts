import type { Finding } from '../model/plan.ts';
import { HIDDEN_PREFIXES, isSupplyChainTag, isTemporaryTag } from './hidden-tags.ts';
import { type Current, type PlacedTag, tagsBeginning } from './listed-tags.ts';

/** The tags of a repository that rules may see, sorted by name. */
export interface VisibleTags {
  readonly all: readonly PlacedTag[];
  /** Those no rule may see. */
  readonly hidden: readonly PlacedTag[];
  /** Null: there is no such tag, or no rule may see it. */
  find(name: string): PlacedTag | null;
}

/** Hides supply-chain tags and our own temporary ones. */
export function visibleTags(current: Current): VisibleTags {
  const hidden = HIDDEN_PREFIXES.flatMap((prefix) =>
    tagsBeginning(current.tags, prefix).filter(({ name }) => isHidden(name)),
  );
  const all = tagsWithout(current.tags, new Set(hidden));
  return { all, hidden, find: (name) => (isHidden(name) ? null : (current.get(name) ?? null)) };
}

/** The tags in their order but for these. */
export function tagsWithout(
  tags: readonly PlacedTag[],
  left: ReadonlySet<PlacedTag>,
): readonly PlacedTag[] {
  return left.size === 0 ? tags : tags.filter((tag) => !left.has(tag));
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
