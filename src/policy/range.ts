import { type Comparator, Range, SemVer, satisfies, subset } from 'semver';
import { memoize } from '../model/memo.ts';
import type { RangeQuery } from './semver.ts';

/** True when some version lies in the range; a prerelease only when asked. Exact. */
export function rangeHoldsAny({ range, prerelease }: RangeQuery): boolean {
  return prerelease ? holdsAny(range) : holdsRelease(range);
}

const holdsAny = memoize(1_000, (range) => search(range, true));
const holdsRelease = memoize(1_000, (range) => search(range, false));

function search(range: string, prerelease: boolean): boolean {
  const comparators = new Range(range).set.flat();
  // An interval that holds any version holds one at, or right after, one of its bounds, or the smallest of all.
  const candidates = ['0.0.0', '0.0.0-0', ...comparators.flatMap(boundsOf)];
  return candidates.some(
    (version) =>
      (prerelease || !version.includes('-')) &&
      satisfies(version, range, { includePrerelease: prerelease }),
  );
}

function boundsOf({ semver }: Comparator): readonly string[] {
  // The comparator that takes every version has a symbol for a bound.
  if (!(semver instanceof SemVer)) return [];
  const { major, minor, patch, version, prerelease } = semver;
  const [here, next] = [`${major}.${minor}.${patch}`, `${major}.${minor}.${patch + 1}`];
  const after = prerelease.length === 0 ? `${next}-0` : `${version}.0`;
  return [version, here, `${here}-0`, next, after];
}

/** True when every version of `inner` certainly lies in `outer`. */
export function rangeCovers(outer: string, inner: string): boolean {
  return outer === inner || subset(inner, outer);
}
