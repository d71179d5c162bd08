/** Where a pattern's text stops to stand for itself. */
const SPECIAL = /[^A-Za-z0-9_-]|$/;
const REPEAT = /^[*+?{]/;

/** True only when every tag name that `inner` matches certainly matches `outer`; null: no condition. */
export function patternCovers(outer: string | null, inner: string | null): boolean {
  if (outer === null || outer === inner || outer === '.*' || outer === '.+') return true;
  if (inner === null || inner.includes('|')) return false;
  const lead = leadOf(outer);
  return `${lead}.*` === outer && leadOf(inner).startsWith(lead);
}

/** What every name starts with that a pattern without alternatives matches. */
function leadOf(pattern: string): string {
  const lead = pattern.slice(0, pattern.search(SPECIAL));
  return REPEAT.test(pattern.slice(lead.length)) ? lead.slice(0, -1) : lead;
}
