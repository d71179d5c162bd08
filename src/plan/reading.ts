import { compilePattern, type Pattern } from '../policy/pattern.ts';
import { parseVersion, type Version } from '../policy/semver.ts';
import { type PlacedTag, tagsBeginning } from './listed-tags.ts';
import { simplePattern } from './simple-pattern.ts';

/** What names say. Every pattern is compiled once and every name read once in a plan. */
export interface Reading {
  /** Null: the text is no version. */
  readonly version: (text: string) => Version | null;
  readonly pattern: (text: string) => Pattern;
  /** What a named group of a pattern takes of a name; null: no match, or the group takes no part in it. */
  readonly part: (text: string, group: string) => (name: string) => string | null;
  /** The tags whose name a pattern matches; they are sorted by name and the same ones all along. */
  readonly matched: Narrower;
  /** The tags of a sorted list that a pattern may match: the rest begins in another way. */
  readonly promising: Narrower;
  /** The tags of a sorted list that may be versions. */
  readonly numbered: (tags: readonly PlacedTag[]) => readonly PlacedTag[];
}

type Narrower = (text: string, tags: readonly PlacedTag[]) => readonly PlacedTag[];

/** A reading that has read nothing yet. */
export function createReading(): Reading {
  const versions = new Map<string, Version | null>();
  const patterns = new Map<string, Pattern>();
  const matches = new Map<string, readonly PlacedTag[]>();
  const pattern = (text: string): Pattern => remembered(patterns, text, quickPattern);
  return {
    version: (text) => (mayBeVersion(text) ? remembered(versions, text, readVersion) : null),
    pattern,
    part: (text, group) => partReader(pattern(text), text, group),
    matched: (text, tags) =>
      remembered(matches, text, () => {
        const compiled = pattern(text);
        return promising(text, tags).filter(({ name }) => compiled.matches(name));
      }),
    promising,
    numbered: (tags) => VERSION_STARTS.flatMap((start) => tagsBeginning(tags, start)),
  };
}

function promising(text: string, tags: readonly PlacedTag[]): readonly PlacedTag[] {
  return tagsBeginning(tags, simplePattern(text)?.prefix ?? '');
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

const VERSION_STARTS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'v'] as const;

/** Starts with a digit or `v`; asked of every name, so it takes no regular expression. */
function mayBeVersion(text: string): boolean {
  const start = text.charCodeAt(0);
  return start === LETTER_V || (start >= DIGIT_0 && start <= DIGIT_9);
}

const LETTER_V = 0x76;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
/** Three numbers, and at most a prerelease such as `rc.1`. */
const COMMON =
  /^v?((0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([A-Za-z]+)\.(0|[1-9]\d{0,14}))?)$/;

const RELEASED: Version['prerelease'] = [];

/** By far the most versions are read without the help of a library; the answer is the same. */
function readVersion(name: string): Version | null {
  const common = COMMON.exec(name);
  if (common === null) return parseVersion(name);
  const [, text = '', major, minor, patch, word, count] = common;
  return {
    name,
    text,
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease: word === undefined ? RELEASED : [word, Number(count)],
  };
}

/** Simple patterns on plain names take the short way; everything else goes to the linear engine. */
function quickPattern(text: string): Pattern {
  const pattern = compilePattern(text);
  const simple = simplePattern(text);
  if (simple === null) return pattern;
  return {
    groupNames: pattern.groupNames,
    matches: (name) =>
      name.startsWith(simple.prefix) &&
      (simple.matches(name) || (!simple.takes(name) && pattern.matches(name))),
    groups: (name) => (name.startsWith(simple.prefix) ? pattern.groups(name) : null),
  };
}

function partReader(
  pattern: Pattern,
  text: string,
  group: string,
): (name: string) => string | null {
  const simple = simplePattern(text);
  const linear = (name: string): string | null => pattern.groups(name)?.[group] ?? null;
  if (simple === null || !pattern.groupNames.includes(group)) return linear;
  const part = simple.part(group);
  return (name) =>
    name.startsWith(simple.prefix)
      ? (part(name) ?? (simple.takes(name) ? null : linear(name)))
      : null;
}
