/** Path segments and query pairs of a raw request target, decoded once. */
export interface RequestTarget {
  /** `null` when the percent-encoding is malformed. */
  readonly segments: readonly string[] | null;
  readonly query: readonly (readonly [string, string])[];
}

/** Splits before decoding, so that an encoded slash stays inside its segment. */
export function parseRequestTarget(rawTarget: string): RequestTarget {
  const { path, query } = splitRequestTarget(rawTarget);
  return { segments: decodeSegments(path), query: parsePairs(query) };
}

/** Raw path and raw query (without the question mark). */
export function splitRequestTarget(rawTarget: string): {
  readonly path: string;
  readonly query: string;
} {
  const mark = rawTarget.indexOf('?');
  return mark < 0
    ? { path: rawTarget, query: '' }
    : { path: rawTarget.slice(0, mark), query: rawTarget.slice(mark + 1) };
}

/** Name/value pairs of a query or a form body; a parameter without `=` has the empty value. */
export function parsePairs(text: string): [string, string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      return mark < 0
        ? [decodeForm(pair), '']
        : [decodeForm(pair.slice(0, mark)), decodeForm(pair.slice(mark + 1))];
    });
}

function decodeSegments(path: string): string[] | null {
  try {
    return path
      .split('/')
      .slice(1)
      .map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}

function decodeForm(text: string): string {
  const spaced = text.split('+').join(' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
