import { compareVersions, type Version } from '../../policy/semver.ts';
import type { Reading } from '../reading.ts';
import { type Entry, type Scored, scoreWith } from './scored.ts';

/** Newest version first, whatever the range. */
export function scoreBySemver(entries: readonly Entry[], reading: Reading): Scored[] {
  return scoreWith(entries, {
    read: ({ text }) => reading.version(text),
    compare,
    version: (version) => version,
  });
}

/** Most pairs differ in their numbers; only prereleases of one version need the rules of semver. */
function compare(left: Version, right: Version): number {
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    left.patch - right.patch ||
    comparePrereleases(left, right)
  );
}

function comparePrereleases(left: Version, right: Version): number {
  if (left.text === right.text) return 0;
  if (left.prerelease.length === 0) return 1;
  return right.prerelease.length === 0 ? -1 : compareVersions(left, right);
}
