import { globMatcher } from '../model/glob.ts';
import type { RepositorySelector } from '../model/policy.ts';
import type { Target } from '../model/target.ts';

/** True for names that a list of globs matches. */
export type Matcher = (name: string) => boolean;

// A sweep asks for every target of an account, so the globs of a selector are compiled once in its life.
const matchers = new WeakMap<object, Matcher>();

/** Compiled once for its owner, which lives as long as the policy. */
export function matcherOf(owner: object, globs: readonly string[]): Matcher {
  const known = matchers.get(owner);
  if (known !== undefined) return known;
  const matcher = globMatcher(globs);
  matchers.set(owner, matcher);
  return matcher;
}

/** Whether a selector of an image-tag policy selects the target. */
export function selectsRepository(selector: RepositorySelector, target: Target): boolean {
  const { account, repositories, exclude } = selector;
  if (account !== target.account) return false;
  if (!matcherOf(repositories, repositories)(target.path)) return false;
  return !matcherOf(exclude, exclude)(target.path);
}
