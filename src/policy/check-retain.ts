import type { ImageTagPolicy, RetainRule } from '../model/policy.ts';
import type { Complaint } from './complaint.ts';
import type { Problem } from './issue.ts';
import { patternCovers } from './pattern-cover.ts';
import { rangeCovers, rangeHoldsAny } from './range.ts';

/** Retain rules without effect: no version in the range, a keep that always wins, a broader rule. */
export function checkRetain({ retain }: ImageTagPolicy): readonly Complaint[] {
  return retain.flatMap((rule, index) => {
    const at = `retain[${index}]`;
    const problem = emptyRange(rule) ?? overruled(rule, retain) ?? repeated(rule, index, retain);
    return problem === null ? [] : [{ rule: at, problem }];
  });
}

function emptyRange({ name, semver }: RetainRule): Problem | null {
  if (semver === null || rangeHoldsAny({ range: semver, prerelease: true })) return null;
  const message = `Rule "${name}" matches no tag: no version lies in "${semver}"`;
  const expected = 'bounds with a version between them';
  return { code: 'never-matches', message, expected };
}

function overruled(rule: RetainRule, all: readonly RetainRule[]): Problem | null {
  if (rule.action === 'keep') return null;
  const winner = all.find(
    (other) => other.action === 'keep' && other.newest === null && covers(other, rule),
  );
  if (winner === undefined) return null;
  const message = `Rule "${rule.name}" deletes nothing: rule "${winner.name}" keeps all it matches`;
  const expected = 'a narrower keep rule, or no delete rule';
  return { code: 'dead-rule', severity: 'warning', message, expected };
}

function repeated(rule: RetainRule, index: number, all: readonly RetainRule[]): Problem | null {
  const broader = all.find((other, place) => {
    if (place === index || other.action !== rule.action || !includes(other, rule)) return false;
    // Of two equal rules the first one stays.
    return place < index || !includes(rule, other);
  });
  if (broader === undefined) return null;
  const message = `Rule "${rule.name}" adds nothing to rule "${broader.name}"`;
  const expected = 'one of the two';
  return { code: 'duplicate-rule', severity: 'warning', message, expected };
}

/** Whether a rule selects every tag that another rule of the same action does. */
function includes(broad: RetainRule, narrow: RetainRule): boolean {
  if (broad.newest === null) return covers(broad, narrow);
  // The newest of more tags need not be the newest of fewer.
  const sameTags =
    broad.pattern === narrow.pattern &&
    broad.semver === narrow.semver &&
    broad.olderThanMs === narrow.olderThanMs;
  const sameCount = broad.groupBy === narrow.groupBy && broad.countBy === narrow.countBy;
  return sameTags && sameCount && narrow.newest !== null && narrow.newest <= broad.newest;
}

/** Whether the conditions of one rule follow from those of another; what they count aside. */
function covers(broad: RetainRule, narrow: RetainRule): boolean {
  if (!patternCovers(broad.pattern, narrow.pattern)) return false;
  if (broad.semver !== null) {
    if (narrow.semver === null || !rangeCovers(broad.semver, narrow.semver)) return false;
  }
  return broad.olderThanMs === null || broad.olderThanMs <= (narrow.olderThanMs ?? 0);
}
