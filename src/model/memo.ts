/**
 * Remembers what a pure function of one text gave; what it throws is not remembered. Large sets repeat their globs
 * and patterns a thousand times. The memory is emptied at `most` entries, so that reloads never fill it.
 */
export function memoize<T>(most: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly result: T }>();
  return (text) => {
    const earlier = known.get(text);
    if (earlier !== undefined) return earlier.result;
    const result = compute(text);
    if (known.size >= most) known.clear();
    known.set(text, { result });
    return result;
  };
}
