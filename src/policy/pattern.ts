import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { TextError } from './text-error.ts';

/** A regular expression that is matched whole, in linear time. */
export interface Pattern {
  matches(name: string): boolean;
  /** Text of the named groups; null: no match. A group that took no part is left out. */
  groups(name: string): Readonly<Record<string, string>> | null;
  readonly groupNames: readonly string[];
}

const MAX_LENGTH = 1_000;
const EXPECTED =
  'RE2 syntax: groups (?<name>…), classes and repeats, without look-around or back-references';

function compile(text: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(text));
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    const fault = cause instanceof RE2JSSyntaxException ? cause : null;
    const problem = fault === null ? cause.message : `${fault.error} in ${fault.input ?? text}`;
    const offset = Math.max(0, text.indexOf(fault?.input ?? text));
    throw new TextError({ kind: 'pattern', text, offset, problem, expected: EXPECTED });
  }
}

function named(groups: Record<string, string | null>): Record<string, string> {
  const taken = Object.entries(groups).flatMap(([name, text]) =>
    text === null ? [] : [[name, text] as const],
  );
  return Object.fromEntries(taken);
}

/** Compiles a `pattern` of a policy; throws TextError with the offset of the fault. */
export function compilePattern(text: string): Pattern {
  if (text.length > MAX_LENGTH) {
    const problem = `it has ${text.length} characters`;
    const expected = `at most ${MAX_LENGTH}`;
    throw new TextError({ kind: 'pattern', text: text.slice(0, 40), offset: 0, problem, expected });
  }
  const regex = compile(text);
  return {
    matches: (name) => regex.matches(name),
    groups: (name) => {
      const matcher = regex.matcher(name);
      return matcher.matches() ? named(matcher.getNamedGroups()) : null;
    },
    groupNames: Object.keys(regex.namedGroups()),
  };
}
