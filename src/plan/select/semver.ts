import { compareVersions, type Version } from '../../policy/semver.ts';
import type { Reading } from '../reading.ts';
import { type Entries, type Scored, scoreWith } from './scored.ts';

/** By precedence of versions, whatever the range. */
export function scoreBySemver(entries: Entries, reading: Reading): Scored[] {
  return scoreWith(entries, {
    read: reading.version,
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
  const [before, after] = [left.prerelease.length > 0, right.prerelease.length > 0];
  if (before !== after) return Number(after) - Number(before);
  return left.text === right.text ? 0 : compareVersions(left, right);
}
