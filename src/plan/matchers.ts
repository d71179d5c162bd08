import { globMatcher } from '../model/glob.ts';

type Matcher = (name: string) => boolean;

// A sweep plans every target of an account with the same policies, so the globs of a rule are compiled once in its life.
const matchers = new WeakMap<object, Matcher>();

/** The matcher of a rule's globs; `owner` is the object they stand in, such as the list itself. */
export function matcherOf(owner: object, globs: readonly string[]): Matcher {
  const known = matchers.get(owner);
  if (known !== undefined) return known;
  const matcher = globMatcher(globs);
  matchers.set(owner, matcher);
  return matcher;
}
