// An alias, not an interface: `.meta()` takes records only.
type About = { readonly description: string; readonly examples: unknown[] };

/** What a field is for and what it looks like, for `.meta()`; shown by editors and in docs/policy-reference.md. */
export function about(description: string, ...examples: readonly [unknown, ...unknown[]]): About {
  return { description, examples: [...examples] };
}
