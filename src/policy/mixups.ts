import { globMatcher } from '../model/glob.ts';

/** Signs of a regular expression that a glob does not need; `v1.*` and `[0-9]*` are good globs. */
const REGEX_SIGNS =
  /(?:^|[-_/)\]])\.\*|\.\+|\\[dDwWsSb.]|^\^|\$$|\(\?|\](?:\+|\{\d+(?:,\d*)?\})|^\(.*\|.*\)/;

/** What a text meant as a regular expression would be as a glob, null where none is near; false: it is none. */
export function globInstead(text: string, segments: boolean): string | null | false {
  if (!REGEX_SIGNS.test(text)) return false;
  const star = segments ? '**' : '*';
  const glob = text
    .replaceAll(/^\^|\$$/g, '')
    .replaceAll(
      /\\([dDwWsSb])[+*]?|\\(\W)|\.[+*]|\](?:\+|\{\d+(?:,\d*)?\})/g,
      (found, kind?: string, escaped?: string) => {
        if (kind !== undefined) return kind === 'd' ? '[0-9]*' : '*';
        if (escaped !== undefined) return escaped;
        return found.startsWith(']') ? ']*' : star;
      },
    );
  return isGlob(glob) && !glob.includes('(') && glob !== text ? glob : null;
}

function isGlob(text: string): boolean {
  try {
    globMatcher([text]);
    return true;
  } catch {
    return false;
  }
}

/** A repeated letter, dash or slash, as nobody writes in a regular expression: `pr-*`. */
const GLOB_SIGNS = /^\*|[A-Za-z_/-]\*|\d\*$/;
const ESCAPES_AND_CLASSES = /\\.|\[[^\]]*\]/gs;

/** What a text meant as a glob would be as a regular expression; null: it is none. */
export function patternInstead(text: string): string | null {
  const bare = text.replaceAll(ESCAPES_AND_CLASSES, ')');
  if (!GLOB_SIGNS.test(bare) || /\.[*+]/.test(bare)) return null;
  return text.replaceAll(/(?<=^|(?:^|[^\\])[\w/-])\*/g, '.*');
}
