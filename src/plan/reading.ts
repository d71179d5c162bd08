import type { ListedTag } from '../model/tag.ts';
import { compilePattern, type Pattern } from '../policy/pattern.ts';
import { inRange, parseVersion, type RangeQuery, type Version } from '../policy/semver.ts';
import { simplePattern } from './simple-pattern.ts';

/** What names say. Every pattern is compiled once and every name read once in a plan. */
export interface Reading {
  /** Null: the text is no version. */
  readonly version: (text: string) => Version | null;
  readonly pattern: (text: string) => Pattern;
  /** The tags whose name a pattern matches; the list of tags is the same one all along. */
  readonly matched: (text: string, tags: readonly ListedTag[]) => readonly ListedTag[];
}

/** A reading that has read nothing yet. */
export function createReading(): Reading {
  const versions = new Map<string, Version | null>();
  const patterns = new Map<string, Pattern>();
  const matches = new Map<string, readonly ListedTag[]>();
  const pattern = (text: string): Pattern => remembered(patterns, text, quickPattern);
  return {
    version: (text) => (VERSION_START.test(text) ? remembered(versions, text, readVersion) : null),
    pattern,
    matched: (text, tags) =>
      remembered(matches, text, () => tags.filter(({ name }) => pattern(text).matches(name))),
  };
}

function remembered<Value>(
  known: Map<string, Value>,
  text: string,
  read: (text: string) => Value,
): Value {
  const earlier = known.get(text);
  if (earlier !== undefined) return earlier;
  const value = read(text);
  known.set(text, value);
  return value;
}

const VERSION_START = /^v?\d/;
const RELEASE = /^v?((0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14}))$/;

/** Releases, by far the most, are read without the help of a library; the answer is the same. */
function readVersion(name: string): Version | null {
  const release = RELEASE.exec(name);
  if (release === null) return parseVersion(name);
  const [, text = '', major, minor, patch] = release;
  return {
    name,
    text,
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease: [],
  };
}

/** True when the version lies in the range; `*` asks nothing of the numbers. */
export function versionInRange(version: Version, query: RangeQuery): boolean {
  if (query.range !== '*') return inRange(version, query);
  return query.prerelease || version.prerelease.length === 0;
}

/** Simple patterns on plain names take the short way; everything else goes to the linear engine. */
function quickPattern(text: string): Pattern {
  const pattern = compilePattern(text);
  const simple = simplePattern(text);
  if (simple === null) return pattern;
  return {
    groupNames: pattern.groupNames,
    matches: (name) =>
      name.startsWith(simple.prefix) && (simple.takes(name) ? simple : pattern).matches(name),
    groups: (name) =>
      name.startsWith(simple.prefix) ? (simple.takes(name) ? simple : pattern).groups(name) : null,
  };
}
