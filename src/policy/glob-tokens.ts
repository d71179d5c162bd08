import { memoize } from '../model/memo.ts';

/** One step of a glob. `class` is a character that is not looked into: any but "/". */
export type GlobToken =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'one' | 'class' | 'star' | 'globstar' };

export type GlobAlternative = readonly GlobToken[];

const PIECE = /\\(.)|(\*\*|\0)|(\*)|(\?)|\[[^\]]+\]|./gsu;
const BRACES = /\{([^{}]*)\}/;
const LEADING_GLOBSTAR = /(?<=^|[/{,])\*\*\//;
const MOST_ALTERNATIVES = 32;

/** The glob as alternatives without braces; null: more than can be looked at. The glob must compile. */
export const globTokens = memoize(
  5_000,
  (glob): readonly GlobAlternative[] | null => expand(glob)?.map(tokenize) ?? null,
);

/** The texts that globstars with their slash, then braces, stand for; null: too many, or hidden in classes. */
function expand(glob: string): readonly string[] | null {
  const inClass = /[\\[]/.test(glob) && (glob.includes('{') || glob.includes('**/'));
  // Braces last: what they leave side by side was no globstar with a slash before.
  const slashed = inClass ? null : expandAll([glob], expandGlobstar);
  return slashed === null ? null : expandAll(slashed, expandBraces);
}

function expandAll(
  texts: readonly string[],
  expandOne: (text: string) => readonly string[] | null,
): readonly string[] | null {
  let open = texts;
  const done: string[] = [];
  while (open.length > 0) {
    open = open.flatMap((text) => {
      const next = expandOne(text);
      if (next === null) done.push(text);
      return next ?? [];
    });
    if (open.length + done.length > MOST_ALTERNATIVES) return null;
  }
  return done;
}

function expandGlobstar(text: string): readonly string[] | null {
  if (!LEADING_GLOBSTAR.test(text)) return null;
  return ['', '\0/'].map((option) => text.replace(LEADING_GLOBSTAR, option));
}

function expandBraces(text: string): readonly string[] | null {
  const braces = BRACES.exec(text);
  if (braces === null) return null;
  const [whole, inner = ''] = braces;
  return inner.split(',').map((option) => text.replace(whole, () => option));
}

function tokenize(text: string): GlobAlternative {
  return [...text.matchAll(PIECE)].map(([all, escaped, globstar, star, one]): GlobToken => {
    if (escaped !== undefined) return { type: 'text', text: escaped };
    if (globstar !== undefined) return { type: 'globstar' };
    if (star !== undefined) return { type: 'star' };
    if (one !== undefined) return { type: 'one' };
    return all.startsWith('[') ? { type: 'class' } : { type: 'text', text: all };
  });
}
