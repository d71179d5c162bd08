import { suggest } from './suggest.ts';
import { TextError } from './text-error.ts';

/** One step of a template expression, after a `|`. */
export type Filter =
  | { readonly type: 'lower' | 'upper' | 'trim' }
  /** Keeps the first `length` characters, counted as code points. */
  | { readonly type: 'truncate'; readonly length: number }
  | { readonly type: 'replace'; readonly from: string; readonly to: string };

const EXPECTED = 'lower, upper, trim, truncate(43) or replace("a", "b")';
const NAMES = ['lower', 'upper', 'trim', 'truncate', 'replace'];
const STEP = /^\|\s*(\w*)\s*(\((?:[^")]|"[^"]*")*\))?\s*/;
const TRUNCATE = /^\(\s*(\d{1,4})\s*\)$/;
const REPLACE = /^\(\s*"([^"]+)"\s*,\s*"([^"]*)"\s*\)$/;

/** Parses `| filter | filter(…)` between two offsets of a template; throws TextError. */
export function parseFilters(text: string, start: number, end: number): readonly Filter[] {
  const filters: Filter[] = [];
  for (let at = start; at < end; ) {
    const [whole = '', name = '', args = ''] = STEP.exec(text.slice(at, end)) ?? [];
    const filter = whole === '' ? null : readFilter(name, args);
    if (filter === null) {
      const word = text.slice(at, end).replace(/^\|/, '').trim();
      const fault = { kind: 'template', text, offset: at, expected: EXPECTED };
      const suggestion = NAMES.includes(name) ? null : suggest(name, NAMES);
      throw new TextError({ ...fault, problem: `"${word}" is not a filter`, suggestion });
    }
    filters.push(filter);
    at += whole.length;
  }
  return filters;
}

function readFilter(name: string, args: string): Filter | null {
  switch (name) {
    case 'lower':
    case 'upper':
    case 'trim':
      return args === '' ? { type: name } : null;
    case 'truncate':
      return readTruncate(args);
    case 'replace':
      return readReplace(args);
    default:
      return null;
  }
}

function readTruncate(args: string): Filter | null {
  const [, length] = TRUNCATE.exec(args) ?? [];
  return length === undefined ? null : { type: 'truncate', length: Number(length) };
}

function readReplace(args: string): Filter | null {
  const [, from, to] = REPLACE.exec(args) ?? [];
  return from === undefined || to === undefined ? null : { type: 'replace', from, to };
}
