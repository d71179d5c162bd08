/** Double quotes around a fallback that is in double quotes itself. */
const NESTED_QUOTES = /"[^"]*\?\?\s*"/;
const BARE_TEMPLATE = /^[^"'#]*\{\{/;
const BARE_STAR = /(?:^|[\s:,[{-])\*/;

/** The quotes a line most likely lacks, when that is why it is no YAML; null: no guess. */
export function quotingHint(line: string): string | null {
  if (NESTED_QUOTES.test(line)) {
    return 'single quotes around a template that has double quotes: \'{{ name ?? "fallback" }}\'';
  }
  if (BARE_TEMPLATE.test(line)) return 'quotes around a template: "{{ name }}"';
  return BARE_STAR.test(line) ? 'quotes around a text that begins with "*", such as "*-tmp"' : null;
}
