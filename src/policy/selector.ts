import { ReconcileError } from '../model/errors.ts';
import { hasWildcard } from '../model/glob.ts';
import type { ImageSelector, Policy, PolicySet, RepositorySelector } from '../model/policy.ts';
import type { Tag } from '../model/tag.ts';
import { type Attributes, type Target, targetKey } from '../model/target.ts';
import { suppliesOf } from './promotion.ts';
import { matcherOf, selectsRepository } from './repositories.ts';
import { parseTemplate, templateIsLiteral } from './template.ts';

/** Whether a policy selects a target; unknown: a fact that was not given decides it. */
export type Selected = boolean | 'unknown';

/**
 * Whether the policy selects the target, suspended or not. `attributes` or `tags` null: not known yet, which
 * makes the answer unknown only where a selector needs them.
 */
export function selectsTarget(
  policy: Policy,
  target: Target,
  attributes: Attributes | null,
  tags: readonly Tag[] | null,
): Selected {
  if (policy.kind === 'ImageTagPolicy') {
    return policy.targets.some((selector) => selectsRepository(selector, target));
  }
  let isOpen = false;
  for (const selector of policy.targets) {
    const answer = selectsImage(selector, target, { attributes, tags });
    if (answer === true) return true;
    if (answer === 'unknown') isOpen = true;
  }
  return isOpen && 'unknown';
}

interface Facts {
  readonly attributes: Attributes | null;
  readonly tags: readonly Tag[] | null;
}

function selectsImage(selector: ImageSelector, target: Target, facts: Facts): Selected {
  const { account, ids, name, visibility, tags } = selector;
  if (account !== target.account) return false;
  if (ids !== null && !ids.includes(target.path)) return false;
  // A sweep asks this of every target: no list is made, and most ask for no more than a name.
  const byName = name === null || hasName(facts.attributes, selector, name);
  if (byName === false || (visibility === null && tags === null)) return byName;
  const byFacts = visibility === null || isSeen(facts.attributes, visibility);
  return both(both(byName, byFacts), tags === null || carries(facts.tags, tags));
}

function both(one: Selected, other: Selected): Selected {
  if (one === false || other === false) return false;
  return one === 'unknown' ? one : other;
}

function hasName(attributes: Attributes | null, selector: ImageSelector, glob: string): Selected {
  if (attributes === null) return 'unknown';
  const name = attributes['name'];
  return name !== undefined && matcherOf(selector, [glob])(name);
}

function isSeen(attributes: Attributes | null, visibility: string): Selected {
  return attributes === null ? 'unknown' : attributes['visibility'] === visibility;
}

function carries(tags: readonly Tag[] | null, wanted: Readonly<Record<string, string>>): Selected {
  if (tags === null) return 'unknown';
  const values = new Map(tags.map((tag) => [tag.name, tag.value]));
  return Object.entries(wanted).every(([key, value]) => values.get(key) === value);
}

/** Whether the policy selects the target, or brings content of another one to it; suspended or not. */
export function concernsTarget(
  policy: Policy,
  target: Target,
  attributes: Attributes | null,
  tags: readonly Tag[] | null,
): Selected {
  const selected = selectsTarget(policy, target, attributes, tags);
  return selected === false ? suppliesOf(policy, target).length > 0 : selected;
}

/**
 * Policies for a target before its tags are listed, those that promote content to it included: suspended ones are left
 * out, ones whose selector also asks for tags are in (policiesForTags() decides). Throws INTERNAL when attributes are missing that needsAttributes() asks for.
 */
export function policiesFor(
  set: PolicySet,
  target: Target,
  attributes: Attributes | null,
): readonly Policy[] {
  return set.policies.filter((policy) => {
    if (policy.suspend) return false;
    const selected = concernsTarget(policy, target, attributes, null);
    if (selected !== 'unknown') return selected;
    if (attributes !== null || !selectsByFacts(policy, target.account)) return true;
    const reason = `policy "${policy.name}" selects by name or visibility, which were not given`;
    const message = `Cannot select policies for "${targetKey(target)}": ${reason}`;
    throw new ReconcileError('INTERNAL', message);
  });
}

/** The policies out of policiesFor() that still select the target now that its tags are listed. */
export function policiesForTags(
  policies: readonly Policy[],
  listing: { readonly target: Target; readonly tags: readonly Tag[] },
  attributes: Attributes | null,
): readonly Policy[] {
  const { target, tags } = listing;
  return policies.filter((policy) => selectsTarget(policy, target, attributes, tags) === true);
}

/** True when a policy needs facts of the account's targets to select them or to fill its templates. */
export function needsAttributes(policies: readonly Policy[], account: string): boolean {
  return policies.some(
    (policy) =>
      !policy.suspend && (selectsByFacts(policy, account) || fillsByFacts(policy, account)),
  );
}

function selectsByFacts(policy: Policy, account: string): boolean {
  if (policy.kind === 'ImageTagPolicy') return false;
  return policy.targets.some(
    (selector) =>
      selector.account === account && (selector.name !== null || selector.visibility !== null),
  );
}

function fillsByFacts(policy: Policy, account: string): boolean {
  if (policy.kind === 'ImageTagPolicy') return false;
  if (!policy.targets.some((selector) => selector.account === account)) return false;
  const { ensure, default: defaults, copyFrom } = policy.tags;
  const texts = [...Object.values(ensure), ...Object.values(defaults)];
  texts.push(...copyFrom.map(({ image }) => image));
  return texts.some((text) => !templateIsLiteral(parseTemplate(text)));
}

/** Narrows discovery where a provider can; what it cannot narrow selectsTarget() filters. */
export interface TargetHint {
  readonly visibility: 'private' | 'public' | 'shared' | null;
  /** Exact paths, sorted, when the policy names them all; null: everything. */
  readonly paths: readonly string[] | null;
}

/** What the policy may select, by account; covers every one of its targets there. */
export function discoveryHints(policy: Policy): ReadonlyMap<string, TargetHint> {
  const hints = new Map<string, TargetHint>();
  for (const selector of policy.targets) {
    const hint = hintOf(selector);
    const earlier = hints.get(selector.account);
    hints.set(selector.account, earlier === undefined ? hint : widen(earlier, hint));
  }
  return hints;
}

function hintOf(selector: ImageSelector | RepositorySelector): TargetHint {
  if ('repositories' in selector) {
    const exact = selector.repositories.every((glob) => !hasWildcard(glob));
    return { visibility: null, paths: exact ? [...selector.repositories].sort() : null };
  }
  const paths = selector.ids === null ? null : [...selector.ids].sort();
  return { visibility: selector.visibility, paths };
}

function widen(left: TargetHint, right: TargetHint): TargetHint {
  const visibility = left.visibility === right.visibility ? left.visibility : null;
  if (left.paths === null || right.paths === null) return { visibility, paths: null };
  return { visibility, paths: [...new Set([...left.paths, ...right.paths])].sort() };
}
