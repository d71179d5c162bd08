import { globMatcher } from '../model/glob.ts';

type Matcher = (name: string) => boolean;

/** Where a glob stops to stand for itself. */
const SPECIAL = /[*?[{\\]|$/;

// A sweep plans every target of an account with the same policies, so the globs of a rule are compiled once in its life.
const matchers = new WeakMap<object, Matcher>();

/** The matcher of a rule's globs; `owner` is the object they stand in, such as the list itself. */
export function matcherOf(owner: object, globs: readonly string[]): Matcher {
  const known = matchers.get(owner);
  if (known !== undefined) return known;
  const matches = globMatcher(globs);
  // Most names do not even begin like a glob, and to see that takes no engine.
  const leads = globs.map((glob) => glob.slice(0, glob.search(SPECIAL)));
  const first = leads.includes('') ? null : new Set(leads.map((lead) => lead.charCodeAt(0)));
  const matcher: Matcher = (name) =>
    (first === null || first.has(name.charCodeAt(0))) &&
    startsWithAny(name, leads) &&
    matches(name);
  matchers.set(owner, matcher);
  return matcher;
}

function startsWithAny(name: string, leads: readonly string[]): boolean {
  for (const lead of leads) if (name.startsWith(lead)) return true;
  return false;
}
