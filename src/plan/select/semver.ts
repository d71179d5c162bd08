import {
  compareVersions,
  inRange,
  parseVersion,
  type RangeQuery,
  versionScope,
} from '../../policy/semver.ts';
import { type Entry, type Scored, scoreWith } from './scored.ts';

/** Newest version first; versions outside of the range are placed but not admitted. */
export function scoreBySemver(entries: readonly Entry[], query: RangeQuery): Scored[] {
  return scoreWith(entries, {
    read: ({ text }) => parseVersion(text),
    compare: compareVersions,
    admits: (version) => inRange(version, query),
    scope: versionScope,
  });
}
