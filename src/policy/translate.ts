import { z } from 'zod';
import type { Problem } from './issue.ts';
import { type Located, locate, type Path, renderPath } from './located.ts';
import { Hint, NO_DURATION } from './schema-text.ts';
import { suggest } from './suggest.ts';
import type { Tree } from './yaml-tree.ts';

/** A problem and the offset it stands at. */
export interface PlacedProblem {
  readonly at: number;
  readonly problem: Problem;
}

/** What may stand where in a document: the words for messages about keys. */
export interface Vocabulary {
  /** Keys that may stand in the mapping at a path, and what each is for. */
  readonly keys: (path: Path) => ReadonlyMap<string, string>;
  /** Keys that later versions bring. */
  readonly announced: ReadonlySet<string>;
}

type ZodIssue = z.core.$ZodIssue;

const SHOWN = 60;

/** Puts what zod found into words a policy author can act on, each at its place. */
export function translateIssue(
  issue: ZodIssue,
  tree: Tree,
  vocabulary: Vocabulary,
): readonly PlacedProblem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const found = locate(tree.located, path);
  const value = valueAt(tree.value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, found, vocabulary));
    case 'invalid_union':
      return issue.errors.length === 0
        ? [wrongChoice(issue, { path, found, value })]
        : nearestBranch(issue.errors).flatMap((inner) =>
            translateIssue({ ...inner, path: [...path, ...inner.path] }, tree, vocabulary),
          );
    case 'invalid_key':
      return [badKey(path, found)];
    case 'custom':
      return [custom(issue, path, found)];
    default:
      return [
        value === undefined
          ? missing(path, found, vocabulary)
          : wrong(issue, { path, found, value }),
      ];
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => {
    const isParent = typeof at === 'object' && at !== null && Object.hasOwn(at, step);
    return isParent ? Reflect.get(at, step) : undefined;
  }, value);
}

function place(path: Path): string {
  return path.length === 0 ? 'the document' : renderPath(path);
}

function unknownKey(
  key: string,
  path: Path,
  parent: Located,
  { keys, announced }: Vocabulary,
): PlacedProblem {
  const { at } = locate(parent, [key]);
  if (announced.has(key)) return { at, problem: announcedLater(`"${key}"`) };
  const known = [...keys(path).keys()];
  return {
    at,
    problem: {
      code: 'unknown-key',
      message: `Unknown key "${key}" in ${place(path)}`,
      expected: known.length === 0 ? null : `one of ${known.join(', ')}`,
      suggestion: suggest(key, known),
    },
  };
}

/** The refusal of something the language will have. */
function announcedLater(what: string): Problem {
  const message = `${what} is announced but not part of this version yet`;
  return { code: 'not-yet', message, expected: 'it left out until a later version' };
}

function badKey(path: Path, { at }: Located): PlacedProblem {
  const message = `Blank key in ${place(path.slice(0, -1))}`;
  return { at, problem: { code: 'bad-key', message, expected: 'a key with a visible character' } };
}

function missing(path: Path, parent: Located, { keys }: Vocabulary): PlacedProblem {
  const key = String(path.at(-1));
  const above = path.slice(0, -1);
  const message = `Missing key "${key}" in ${place(above)}`;
  const expected = keys(above).get(key) ?? null;
  return { at: parent.at, problem: { code: 'missing-key', message, expected } };
}

/** What zod tells of a choice by one key. */
const Choices = z.object({ options: z.array(z.unknown()).default([]) });

/** A key that says which alternative is meant, such as `provider`, says none of them. */
function wrongChoice(
  issue: Extract<ZodIssue, { code: 'invalid_union' }>,
  { path, found, value }: Wrong,
): PlacedProblem {
  const known = Choices.parse(issue).options.map(String);
  const expected = `one of ${known.join(', ')}`;
  const key = String(path.at(-1));
  if (value === undefined) {
    const message = `Missing key "${key}" in ${place(path.slice(0, -1))}`;
    return { at: found.at, problem: { code: 'missing-key', message, expected } };
  }
  const message = `${place(path)} is ${describe(value)}`;
  const suggestion = typeof value === 'string' ? suggest(value, known) : null;
  return { at: found.valueAt, problem: { code: 'wrong-value', message, expected, suggestion } };
}

/** Of a union the alternative that the author most likely meant: one that failed inside, with the least to mend. */
function nearestBranch(branches: readonly ZodIssue[][]): readonly ZodIssue[] {
  const meant = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code !== 'invalid_type'),
  );
  const ranked = meant.toSorted((left, right) => weight(left) - weight(right));
  return [...ranked, ...branches].slice(0, 1).flat();
}

function weight(issues: readonly ZodIssue[]): number {
  return issues
    .map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.length : 1))
    .reduce((sum, one) => sum + one, 0);
}

function custom(
  issue: Extract<ZodIssue, { code: 'custom' }>,
  path: Path,
  found: Located,
): PlacedProblem {
  const { code, expected, offset, suggestion } = Hint.parse(issue.params);
  const at = found.textAt === null ? found.at : found.textAt + offset;
  const isText = found.children.size === 0;
  return {
    at: isText ? at : found.at,
    problem: { code, message: `${place(path)}: ${issue.message}`, expected, suggestion },
  };
}

interface Wrong {
  readonly path: Path;
  readonly found: Located;
  readonly value: unknown;
}

function wrong(issue: ZodIssue, { path, found, value }: Wrong): PlacedProblem {
  const at = found.valueAt;
  const is = `${place(path)} is ${describe(value)}`;
  switch (issue.code) {
    case 'invalid_type': {
      const isDuration = issue.message === NO_DURATION && typeof value === 'number';
      const expected = isDuration ? withUnit(value) : wanted(issue.expected, value);
      return { at, problem: { code: 'wrong-type', message: is, expected } };
    }
    case 'invalid_value':
      return {
        at,
        problem: { code: 'wrong-value', message: is, ...oneOf(issue.values.map(String), value) },
      };
    case 'too_big':
      return {
        at,
        problem: {
          code: 'wrong-value',
          message: is,
          expected: bound(`at most ${issue.maximum}`, issue.origin),
        },
      };
    case 'too_small':
      return {
        at,
        problem: {
          code: 'wrong-value',
          message: is,
          expected: bound(`at least ${issue.minimum}`, issue.origin),
        },
      };
    default:
      return { at, problem: { code: 'wrong-value', message: `${is}: ${issue.message}` } };
  }
}

function oneOf(known: readonly string[], value: unknown): Pick<Problem, 'expected' | 'suggestion'> {
  if (known.length === 1) return { expected: known.join('') };
  return { expected: `one of ${known.join(', ')}`, suggestion: suggest(String(value), known) };
}

const UNITS: Readonly<Record<string, string>> = { array: ' in the list', string: ' characters' };

function bound(limit: string, origin: string): string {
  return `${limit}${UNITS[origin] ?? ''}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
};

function wanted(type: string, value: unknown): string {
  const name = TYPE_NAMES[type] ?? type;
  const quotable = typeof value === 'number' || typeof value === 'boolean';
  return type === 'string' && quotable ? `${name}; write it in quotes: "${value}"` : name;
}

function withUnit(count: number): string {
  return `a duration, which has a unit: ${count}d for days, else ${count}h, ${count}m or ${count}s`;
}

function describe(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
