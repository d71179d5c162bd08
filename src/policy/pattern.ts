import { RE2JS } from 're2js';
import { z } from 'zod';
import { memoize } from '../model/memo.ts';
import { patternInstead } from './mixups.ts';
import { TextError } from './text-error.ts';

/** A regular expression that is matched whole, in linear time. */
export interface Pattern {
  matches(name: string): boolean;
  /** Text of the named groups; null: no match. A group that took no part is left out. */
  groups(name: string): Readonly<Record<string, string>> | null;
  readonly groupNames: readonly string[];
}

const MAX_LENGTH = 500;
/** Instructions: what a match costs for each character of a name. */
const MAX_PROGRAM = 20_000;
const MOST_KNOWN = 1_000;
const EXPECTED =
  'RE2 syntax: groups (?<name>…), classes and repeats, without look-around or back-references';

/** What re2js throws: its complaint, and the part of the pattern it means; null: the end. */
const Complaint = z.object({ error: z.string(), input: z.string().nullable() });

function compile(text: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(text));
  } catch (cause) {
    const { error, input } = Complaint.parse(cause);
    const offset = input === null ? text.length : Math.max(0, text.indexOf(input));
    const problem = input === null ? error : `${error} in ${input}`;
    const suggestion = globLike(text);
    throw refusal(text, { offset, problem, expected: EXPECTED, suggestion });
  }
}

/** A pattern that begins with a star was written as a glob. */
function globLike(text: string): string | null {
  return text.startsWith('*') ? patternInstead(text) : null;
}

type Refusal = Pick<TextError, 'offset' | 'problem' | 'expected'> & {
  readonly suggestion?: string | null;
};

function refusal(text: string, fault: Refusal): TextError {
  return new TextError({ kind: 'pattern', text: text.slice(0, MAX_LENGTH), ...fault });
}

function named(groups: Record<string, string | null>): Record<string, string> {
  const taken = Object.entries(groups).flatMap(([name, text]) =>
    text === null ? [] : [[name, text] as const],
  );
  return Object.fromEntries(taken);
}

/** Compiles a `pattern` of a policy; throws TextError with the offset of the fault. */
export const compilePattern = memoize(MOST_KNOWN, compileAnew);

function compileAnew(text: string): Pattern {
  if (text.length > MAX_LENGTH) {
    const problem = `it has ${text.length} characters`;
    throw refusal(text, { offset: 0, problem, expected: `at most ${MAX_LENGTH}` });
  }
  const regex = compile(text);
  if (regex.programSize() > MAX_PROGRAM) {
    const expected = 'fewer or smaller repeats such as {1000}';
    throw refusal(text, { offset: 0, problem: 'it is too large', expected });
  }
  return {
    matches: (name) => regex.matches(name),
    groups: (name) => {
      const matcher = regex.matcher(name);
      return matcher.matches() ? named(matcher.getNamedGroups()) : null;
    },
    groupNames: Object.keys(regex.namedGroups()),
  };
}
