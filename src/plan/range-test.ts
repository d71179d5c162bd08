import { type Comparator, Range } from 'semver';
import { inRange, type RangeQuery, type Version } from '../policy/semver.ts';

type Test = (version: Version) => boolean;

/** Whether versions lie in a range. Releases, by far the most, are compared by their numbers; the answer is the same. */
export function rangeTest(query: RangeQuery): Test {
  const { range, prerelease } = query;
  if (range === '*') return (version) => prerelease || version.prerelease.length === 0;
  const bounds = new Range(range, { includePrerelease: prerelease }).set.map((all) =>
    all.map(bound),
  );
  return (version) =>
    version.prerelease.length === 0
      ? bounds.some((all) => all.every((holds) => holds(version)))
      : prerelease && inRange(version, query);
}

const isZero = (order: number): boolean => order === 0;
const HOLDS = {
  '': isZero,
  '=': isZero,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
} as const satisfies Record<Comparator['operator'], (order: number) => boolean>;

/** One comparison of a release, which is newer than every prerelease of the same numbers. */
function bound({ operator, semver, value }: Comparator): Test {
  if (value === '') return () => true; // no limit at all
  const holds = HOLDS[operator];
  const { major, minor, patch, prerelease } = semver;
  return (version) =>
    holds(
      version.major - major || version.minor - minor || version.patch - patch || prerelease.length,
    );
}
