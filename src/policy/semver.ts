import { compare, Range, SemVer, satisfies } from 'semver';
import type { Attributes } from '../model/target.ts';
import { TextError } from './text-error.ts';

/** A tag name read as a version. */
export interface Version {
  /** The tag name as listed, `v` included. */
  readonly name: string;
  /** Normal form without `v`; two names with equal text mean one version. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Dot-separated parts after the hyphen; empty: a release. */
  readonly prerelease: readonly (string | number)[];
}

/** What a version range is asked for. */
export interface RangeQuery {
  /** npm range syntax, already checked by parseRange(). */
  readonly range: string;
  /** Prereleases belong to the range only when asked. */
  readonly prerelease: boolean;
}

// Three parts and an optional v: `20240101`, `1.2`, `deadbee` and `1.2.3.4` are names, not versions.
const SHAPE = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;

/** Reads a tag name as a strict three-part version with an optional `v`; null: it is none. */
export function parseVersion(tagName: string): Version | null {
  const text = SHAPE.exec(tagName)?.[1];
  if (text === undefined) return null;
  try {
    const { major, minor, patch, prerelease } = new SemVer(text);
    return { name: tagName, text, major, minor, patch, prerelease };
  } catch {
    return null; // leading zeros, numbers past 2^53, empty prerelease parts
  }
}

/** True when the version lies in the range; a prerelease only when asked. */
export function inRange(version: Version, { range, prerelease }: RangeQuery): boolean {
  if (version.prerelease.length > 0 && !prerelease) return false;
  return satisfies(version.text, range, { includePrerelease: prerelease });
}

/** Semver precedence: negative when `left` is older. Equal text compares as 0. */
export function compareVersions(left: Version, right: Version): number {
  return compare(left.text, right.text);
}

/** What `{{ major }}.{{ minor }}` in a channel's name may refer to. */
export const VERSION_REFERENCES = ['major', 'minor', 'patch'] as const;

/** The scope of a channel's name template for one version. */
export function versionScope({ major, minor, patch }: Version): Attributes {
  return { major: `${major}`, minor: `${minor}`, patch: `${patch}` };
}

/** Checks a version range; returns it as written, throws TextError. */
export function parseRange(text: string): string {
  try {
    new Range(text);
  } catch {
    const fault = { kind: 'version range', text, offset: 0, problem: 'it is not a version range' };
    throw new TextError({ ...fault, expected: 'npm range syntax, such as ">=1.0.0 <3" or "*"' });
  }
  if (text.trim() !== '') return text;
  const fault = { kind: 'version range', text, offset: 0, problem: 'it is blank' };
  throw new TextError({ ...fault, expected: '"*" for every version' });
}
