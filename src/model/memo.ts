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

/** Remembers what a pure function of one object gave, for as long as the object lives: what follows from a policy is made once. */
export function memoizeFor<Owner extends object, T extends object>(
  compute: (owner: Owner) => T,
): (owner: Owner) => T {
  const known = new WeakMap<Owner, T>();
  return (owner) => {
    const earlier = known.get(owner);
    if (earlier !== undefined) return earlier;
    const result = compute(owner);
    known.set(owner, result);
    return result;
  };
}
