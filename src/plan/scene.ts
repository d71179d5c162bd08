import type { Capabilities } from '../model/capabilities.ts';
import type { InUse } from '../model/in-use.ts';
import type { Listing } from '../model/listing.ts';
import { memoizeFor } from '../model/memo.ts';
import type { Policy } from '../model/policy.ts';
import type { Attributes, Target } from '../model/target.ts';
import { selectsTarget } from '../policy/selector.ts';
import type { Images } from './copy-from.ts';
import { type Exemptions, exemptionsFor } from './exemptions.ts';
import { SUPPLY_CHAIN_GLOBS } from './hidden-tags.ts';
import { type Current, currentOf, type PlacedTag } from './listed-tags.ts';
import { matcherOf } from './matchers.ts';
import type { Sources } from './promotions.ts';
import { isHidden } from './visible-tags.ts';
import { byText, sortedBy } from './wish.ts';

/** Everything a plan depends on; nothing else is read. */
export interface PlanInput {
  readonly target: Target;
  /** Those that select the target, suspended ones left out. */
  readonly policies: readonly Policy[];
  readonly listing: Listing;
  /** Facts for templates and selectors; null: not known. */
  readonly attributes: Attributes | null;
  /** Tags of the images copySources() names, by id; null: could not be read. */
  readonly images: Images;
  /** Tags of the repositories promotionSources() names; absent: there are none. */
  readonly sources?: Sources;
  /** Contents whose names must not be deleted; null or absent: nobody asked for that. */
  readonly inUse?: InUse | null;
  readonly capabilities: Capabilities;
  readonly guards: { readonly maxDeletePercent: number };
  /** Patterns of the account, set outside of the policies. */
  readonly protect: readonly string[];
  /** Tags at the last complete listing; null: not known. */
  readonly baseline: number | null;
  /** Plan digests a person let through; a guard does not refuse these. */
  readonly confirmed: ReadonlySet<string>;
  readonly now: Date;
}

/** A listing sorted by name. */
export interface PlacedListing extends Listing {
  readonly tags: readonly PlacedTag[];
}

/** The input brought into order, with what every stage asks of it. */
export interface Scene extends PlanInput {
  readonly listing: PlacedListing;
  /** All patterns that protect names here, sorted. */
  readonly protectedBy: readonly string[];
  /** What every name is bound to now. */
  readonly current: Current;
  readonly isProtected: (name: string) => boolean;
  readonly exemptions: Exemptions;
}

/** Policies and tags sorted by name, so that the same inputs in any order give the same plan. */
export function createScene(input: PlanInput): Scene {
  const { target, now } = input;
  const policies = relevantPolicies(input);
  const lists = protectLists(input, policies);
  const current = currentOf(input.listing.tags);
  return {
    ...input,
    policies,
    listing: { target, tags: current.tags },
    current,
    protectedBy: protectedNames(lists),
    isProtected: protection(input, lists),
    exemptions: exemptionsFor(policies, target, now),
  };
}

/** Sorted by name; a policy that also selects by tags is asked again now that they are listed. */
function relevantPolicies(input: PlanInput): readonly Policy[] {
  const { policies, target, listing, attributes } = input;
  const relevant = policies.some(selectsByTags)
    ? policies.filter(
        (policy) =>
          !selectsByTags(policy) ||
          selectsTarget(policy, target, attributes, listing.tags) !== false,
      )
    : policies;
  return sortedBy(relevant, nameOf);
}

function selectsByTags(policy: Policy): boolean {
  return policy.kind === 'ResourceTagPolicy' && policy.targets.some(({ tags }) => tags !== null);
}

function nameOf({ name }: Policy): string {
  return name;
}

/** Those that name anything. */
function protectLists(
  { protect, capabilities }: PlanInput,
  policies: readonly Policy[],
): (readonly string[])[] {
  const lists: (readonly string[])[] = [];
  if (protect.length > 0) lists.push(protect);
  for (const policy of policies) if (policy.protect.length > 0) lists.push(policy.protect);
  if (capabilities.kind === 'image') lists.push(SUPPLY_CHAIN_GLOBS);
  return lists;
}

const sortedOnce = memoizeFor(sorted);

function sorted(globs: readonly string[]): readonly string[] {
  return [...new Set(globs)].sort(byText);
}

/** Mostly one list tells them all, and it is the same one for every target. */
function protectedNames(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = NO_GLOBS] = lists;
  return lists.length < 2 ? sortedOnce(first) : sorted(lists.flat());
}

const NO_GLOBS: readonly string[] = [];

function protection(
  input: PlanInput,
  lists: readonly (readonly string[])[],
): (name: string) => boolean {
  const matchers = lists.map((globs) => matcherOf(globs, globs));
  // Asked of every name that is to go, so it makes no function of its own each time.
  const matches = (name: string): boolean => {
    for (const matcher of matchers) if (matcher(name)) return true;
    return false;
  };
  return input.capabilities.kind === 'image' ? (name) => isHidden(name) || matches(name) : matches;
}
