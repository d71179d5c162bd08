const ATOM = String.raw`(?:[\w-]|\\[.d+-]|\.|\[[A-Za-z0-9_.-]+\])`;
const PIECE = String.raw`${ATOM}(?:[*+?]|\{\d{1,2}\})?`;
/** Atoms one after the other, in groups or not; no alternation, nothing repeated that contains a repeat. */
const SIMPLE = new RegExp(String.raw`^(?:\((?:\?<[A-Za-z]\w*>)?(?:${PIECE})+\)|${PIECE})+$`);
/** Repeats of a length that is not fixed; each one multiplies what a match may cost by the length of the name. */
const FREE = /(?<![\\(])[*+?]/g;
const MOST_FREE = 2;
/** Printable ASCII, where both engines read a dot alike, and short enough to bound the cost. */
const PLAIN = /^[!-~]{1,200}$/;
/** Where a pattern stops to spell out what every match begins with. */
const PREFIX_END = /[^\w-]|[\w-][*+?{]|$/;

/** A pattern so simple that the built-in engine gives the same answer as the linear one, in bounded time. */
export interface SimplePattern {
  /** What every match begins with; may be empty. */
  readonly prefix: string;
  /** True for names it may be asked about. */
  takes(name: string): boolean;
  matches(name: string): boolean;
  /** The text of the named groups; null: no match. */
  groups(name: string): Readonly<Record<string, string>> | null;
}

/** The simple form of a pattern; null: it has none, and the linear engine has to be asked. */
export function simplePattern(text: string): SimplePattern | null {
  if (!SIMPLE.test(text) || (text.match(FREE) ?? []).length > MOST_FREE) return null;
  const regex = new RegExp(`^(?:${text})$`);
  return {
    prefix: text.slice(0, text.search(PREFIX_END)),
    takes: (name) => PLAIN.test(name),
    matches: (name) => regex.test(name),
    groups: (name) => {
      const match = regex.exec(name);
      return match === null ? null : (match.groups ?? {});
    },
  };
}
