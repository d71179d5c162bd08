import { RE2JS } from 're2js';
import { memoize } from './memo.ts';

/** An escaped character, `**` with its slash, `**`, a class, or one character. */
const TOKEN = /\\(.)|(\*\*\/)|(\*\*)|\[([!^]?)([^\]]+)\]|./gsu;

/** Longest glob, in characters: each takes its time at every character of a name. */
const MAX_LENGTH = 500;

/**
 * True for names that any of the globs matches whole: `*` and `?` stay inside one path segment, `**` does not,
 * `[a-z]`, `{a,b}` and `\` as in a shell. Time is linear in the name. Throws SyntaxError.
 */
export function globMatcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map(compileGlob);
  return (name) => name !== '' && patterns.some((matches) => matches(name));
}

/** Text that means itself, and nothing but stars behind it. */
const SIMPLE = /^([^*?[\]{}\\]*)(\*{0,2})$/;

// Every pass over a target reads the same few globs anew.
const compileGlob = memoize(5_000, (glob): ((name: string) => boolean) => {
  const pattern = renderPattern(glob);
  const [, lead = '', stars = null] = SIMPLE.exec(glob) ?? [];
  // Nearly all globs are like this, and sweeps ask them of every target: to see it takes no engine.
  if (stars !== null) return matchSimple(lead, stars);
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
    return (name) => compiled.matches(name);
  } catch (cause) {
    // All but classes and nesting is checked while it is rendered.
    const wanted = 'a class such as [a-z], or fewer nested braces';
    throw new SyntaxError(`Cannot compile glob "${glob}": ${wanted} was expected`, { cause });
  }
});

function matchSimple(lead: string, stars: string): (name: string) => boolean {
  if (stars === '') return (name) => name === lead;
  if (stars === '**') return (name) => name.startsWith(lead);
  return (name) => name.startsWith(lead) && !name.includes('/', lead.length);
}

function renderPattern(glob: string): string {
  if (glob === '') throw new SyntaxError('Cannot compile glob "": it is empty');
  if (glob.length > MAX_LENGTH) {
    const found = `it has ${glob.length} characters, at most ${MAX_LENGTH} were expected`;
    throw new SyntaxError(`Cannot compile glob "${glob.slice(0, 40)}…": ${found}`);
  }
  let depth = 0;

  const pattern = [...glob.matchAll(TOKEN)].map((token) => {
    const [text, escaped, globstarSlash, globstar, not, members] = token;
    if (escaped !== undefined) return RE2JS.quote(escaped);
    if (globstarSlash !== undefined) return startsSegment(glob, token.index) ? '(?:.*/)?' : '.*/';
    if (globstar !== undefined) return '.*';
    if (members !== undefined) return renderClass(not !== '', members);
    depth += BRACE_DEPTH[text] ?? 0;
    if (depth < 0) throw new SyntaxError(`Cannot compile glob "${glob}": "}" without "{"`);
    return text === ',' && depth === 0 ? ',' : renderCharacter(glob, text);
  });

  if (depth > 0) throw new SyntaxError(`Cannot compile glob "${glob}": "{" without "}"`);
  return pattern.join('');
}

const BRACE_DEPTH: Readonly<Record<string, number>> = { '{': 1, '}': -1 };
const SPECIAL: Readonly<Record<string, string>> = {
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
};

function startsSegment(glob: string, index: number): boolean {
  return index === 0 || '/{,'.includes(glob.charAt(index - 1));
}

function renderClass(negated: boolean, members: string): string {
  const escaped = members.replaceAll(/[\\[\]^&~|]/g, (member) => `\\${member}`);
  return negated ? `[^/${escaped}]` : `[${escaped}]`;
}

function renderCharacter(glob: string, character: string): string {
  if (character === '[') throw new SyntaxError(`Cannot compile glob "${glob}": "[" without "]"`);
  if (character === '\\') throw new SyntaxError(`Cannot compile glob "${glob}": it ends in "\\"`);
  return SPECIAL[character] ?? RE2JS.quote(character);
}

/** True when a text means more than itself as a glob. */
export function hasWildcard(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}
