/** One line of an exposition. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** One comparison of a label in a selector. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
/** Metrics that a process of ours can have, and what is recorded of them. */
const NAME = /\b(?:[\w]+:)?(?:tagwarden|process|nodejs)_\w+(?::\w+)?/g;
const SELECTOR = /((?:[\w]+:)?(?:tagwarden|process|nodejs)_\w+(?::\w+)?)\s*\{([^}]*)\}/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g;
const GROUPING = /\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g;

/** What a scrape shows, comments left out. */
export function parseExposition(text: string): readonly Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '' || line.startsWith('#')) return [];
    return [{ name, labels: Object.fromEntries(pairsOf(labels)), value }];
  });
}

function pairsOf(labels: string): readonly (readonly [string, string])[] {
  return [...labels.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]);
}

/** Every metric an expression names, without what is in quotes. */
export function namesIn(expr: string): readonly string[] {
  return [...new Set(expr.replaceAll(/"[^"]*"/g, '""').match(NAME) ?? [])];
}

/** The matchers of each metric in an expression. */
export function selectorsIn(
  expr: string,
): readonly { readonly name: string; readonly matchers: readonly Matcher[] }[] {
  return [...expr.matchAll(SELECTOR)].map(([, name = '', inner = '']) => ({
    name,
    matchers: [...inner.matchAll(MATCHER)].map(([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    })),
  }));
}

/** Labels that an expression groups or joins by. */
export function groupingsIn(expr: string): readonly string[] {
  return [...expr.matchAll(GROUPING)].flatMap(([, inner = '']) =>
    inner
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  );
}

/** Labels that Prometheus adds, and those that only come with buckets. */
const ADDED = new Set(['namespace', 'instance', 'job', 'le']);

/** What of an expression no process of ours shows: a metric, a label of it, a value of a label. */
export function unknownIn(expr: string, live: readonly Series[]): readonly string[] {
  const byName = Map.groupBy(live, ({ name }) => name);
  const names = namesIn(expr).filter((name) => !name.includes(':'));
  const labels = new Set(live.flatMap((series) => Object.keys(series.labels)));
  const values = selectorsIn(expr).flatMap(({ name, matchers }) =>
    matchers.flatMap((matcher) => unknownValues(name, matcher, byName.get(name) ?? [])),
  );
  return [
    ...names.filter((name) => !byName.has(name)),
    ...groupingsIn(expr).filter((label) => !labels.has(label) && !ADDED.has(label)),
    ...values,
  ];
}

function unknownValues(
  name: string,
  { label, operator, value }: Matcher,
  series: readonly Series[],
): readonly string[] {
  const known = new Set(series.map(({ labels }) => labels[label]));
  if (known.has(undefined) || known.size === 0)
    return ADDED.has(label) ? [] : [`${name}{${label}}`];
  // Which statuses came is up to the clouds.
  if (label === 'code') return [];
  const parts = operator.endsWith('~') ? value.split('|') : [value];
  return parts
    .filter((part) => ![...known].some((one) => matches(part, one ?? '', operator)))
    .map((part) => `${name}{${label}="${part}"}`);
}

function matches(part: string, value: string, operator: string): boolean {
  return operator.endsWith('~') ? new RegExp(`^(?:${part})$`).test(value) : part === value;
}
