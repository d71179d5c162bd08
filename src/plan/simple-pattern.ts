const ATOM = String.raw`(?:[\w-]|\\[.d+-]|\.|\[[A-Za-z0-9_.-]+\])`;
const PIECE = String.raw`${ATOM}(?:[*+?]|\{\d{1,2}\})?`;
/** Atoms one after the other, in groups or not; no alternation, nothing repeated that contains a repeat. */
const SIMPLE = new RegExp(String.raw`^(?:\((?:\?<[A-Za-z]\w*>)?(?:${PIECE})+\)|${PIECE})+$`);
/** Repeats of a length that is not fixed; each one multiplies what a match may cost by the length of the name. */
const FREE = /(?<![\\(])[*+?]/g;
const MOST_FREE = 2;
/** Where a group opens. */
const GROUP = /(?<!\\)\((?:\?<([A-Za-z]\w*)>)?/g;
/** Printable ASCII, where both engines read a dot alike, and short enough to bound the cost. */
const PLAIN_NAME = '[!-~]{1,200}';
const PLAIN = new RegExp(`^${PLAIN_NAME}$`);
/** Where a pattern stops to spell out what every match begins with. */
const PREFIX_END = /[^\w-]|[\w-][*+?{]|$/;

/** A pattern so simple that the built-in engine gives the same answer as the linear one, in bounded time. */
export interface SimplePattern {
  /** What every match begins with; may be empty. */
  readonly prefix: string;
  /** True for names it may be asked about: about others it knows nothing. */
  takes(name: string): boolean;
  /** True only where the linear engine says so too. */
  matches(name: string): boolean;
  /** Reads the text of a named group; null: no match. */
  part(group: string): (name: string) => string | null;
}

/** The simple form of a pattern; null: it has none, and the linear engine has to be asked. */
export function simplePattern(text: string): SimplePattern | null {
  if (!SIMPLE.test(text) || (text.match(FREE) ?? []).length > MOST_FREE) return null;
  const prefix = text.slice(0, text.search(PREFIX_END));
  const regex = wholePlain(text);
  return {
    prefix,
    takes: (name) => PLAIN.test(name),
    // `ci-.*` says nothing of the rest but that it is one line.
    matches:
      text === `${prefix}.*`
        ? (name) => name.startsWith(prefix) && !name.includes('\n')
        : (name) => regex.test(name),
    part: (group) => {
      const only = text.replaceAll(GROUP, (_open, name) => (name === group ? '(' : '(?:'));
      const capturing = wholePlain(only);
      return (name) => capturing.exec(name)?.[1] ?? null;
    },
  };
}

/** One expression that asks both: a name of the plain kind, and a match of the whole of it. */
function wholePlain(text: string): RegExp {
  return new RegExp(`^(?=${PLAIN_NAME}$)(?:${text})$`);
}
