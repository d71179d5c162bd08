import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { ERRORS } from '../../src/model/errors.ts';
import { ISSUES } from '../../src/policy/codes.ts';
import { policyJsonSchema } from '../../src/policy/json-schema.ts';
import { declaredProgram } from '../../tools/cli-reference.ts';
import { declaredMetrics, fullMetrics } from '../../tools/metrics-reference.ts';
import { pathsOf, type Schema } from '../../tools/schema-table.ts';
import { type Mention, type Page, parsePage, readPages } from '../../tools/site/page.ts';

// Of what was, and of the files of others, these pages may speak: a decision and a changelog are not rewritten.
const PAGES = readPages().filter(({ path }) => !/^CHANGELOG|^docs\/adr\//.test(path));

const metrics = await declaredMetrics(fullMetrics([]).registry);
const METRICS = new Map(metrics.map(({ name, labels }) => [name, new Set(labels)]));
const VARIABLES = new Set(
  globSync(['{src,test,tools}/**/*.ts', 'deploy/**/*.*', 'Dockerfile', '.github/**/*.yml'], {
    exclude: ['test/docs/**'],
  })
    .map((file) => readFileSync(file, 'utf8'))
    .flatMap((text) => text.match(/\bTAGWARDEN_[A-Z_]+\b/g) ?? []),
);
const policySchema: Schema = policyJsonSchema();
const KINDS = [...(policySchema.oneOf ?? []), ...(policySchema.anyOf ?? [])];
const POLICY_PATHS = new Set(KINDS.flatMap(pathsOf).map(comparable));
const CONFIG_PATHS = new Set(pathsOf(configJsonSchema()).map(comparable));
const OPTIONS = new Set(
  declaredProgram().commands.flatMap((command) =>
    [command, ...command.commands].flatMap(({ options }) => options.flatMap(({ long }) => long)),
  ),
);

/** `a.NAME.b[].c` → `a.*.b.c`. */
function comparable(path: string): string {
  return path.replaceAll('[]', '').replaceAll(/\bNAME\b/g, '*');
}

/** A check of a name: what it looks like, and what is wrong with one. */
interface NameCheck {
  readonly looksLike: RegExp;
  readonly problem: (name: string) => string | null;
}

/** First parts of the codes in src/model/errors.ts. */
const FIRST_PARTS = [...new Set(Object.keys(ERRORS).map((code) => `${code.split('_')[0]}_`))];

const CHECKS: readonly NameCheck[] = [
  {
    looksLike: /\btagwarden_[a-z_]+\*?(?:\{[^}]*\})?/g,
    problem: (text) => metricProblem(text),
  },
  {
    looksLike: new RegExp(`^(?:${FIRST_PARTS.join('|')})[A-Z_]+$`, 'g'),
    problem: (code) => (Object.hasOwn(ERRORS, code) ? null : 'is no error code'),
  },
  {
    looksLike: /(?:error|warning)\[[a-zA-Z_-]+\]/g,
    problem: (text) => {
      const code = text.replace(/^\w+\[|\]$/g, '');
      const isKnown = code === 'code' || Object.hasOwn({ ...ERRORS, ...ISSUES }, code);
      return isKnown ? null : 'is no code of an error or issue';
    },
  },
  {
    looksLike: /\bTAGWARDEN_[A-Z_]+\b/g,
    problem: (name) => (VARIABLES.has(name) ? null : 'is read nowhere'),
  },
  { looksLike: /^[a-z]\w*(?:\.[a-z*]\w*)+$/g, problem: (path) => keyProblem(path) },
  {
    looksLike: /^--[a-z][a-z-]*/g,
    problem: (flag) =>
      OPTIONS.has(flag) || FOREIGN_OPTIONS.includes(flag) ? null : 'is no option',
  },
];

/** Options of other programs (npm, container engines, Helm, Node, Redis, kin) that pages name outside of blocks. */
const FOREIGN_OPTIONS = [
  '--appendonly',
  '--build-arg',
  '--cap-drop',
  '--cpus',
  '--detach',
  '--doit',
  '--env-file',
  '--format',
  '--health-cmd',
  '--help',
  '--ignore-scripts',
  '--max-old-space-size',
  '--maxmemory-policy',
  '--memory',
  '--network',
  '--omit',
  '--profile',
  '--provenance',
  '--pull',
  '--read-only',
  '--scale',
  '--security-opt',
  '--set',
  '--stop-timeout',
  '--tmpfs',
  '--user',
  '--values',
  '--version',
  '--write',
];

/** Series of a histogram beside its own name. */
const SUFFIX = /_(?:bucket|sum|count)$/;

function metricProblem(text: string): string | null {
  const [, name = '', , labels = ''] = /^([a-z_]+\*?)(\{(.*)\})?$/s.exec(text) ?? [];
  if (name.endsWith('*')) {
    const isStart = [...METRICS.keys()].some((one) => one.startsWith(name.slice(0, -1)));
    return isStart ? null : 'is the start of no metric';
  }
  const known = METRICS.get(name) ?? METRICS.get(name.replace(SUFFIX, ''));
  if (known === undefined) return 'is no metric';
  const named = [...labels.matchAll(/([a-z_]+)\s*(?:[=!]~?|,|$)/g)].map(([, label = '']) => label);
  const strange = named.find((label) => !known.has(label) && label !== 'le');
  return strange === undefined ? null : `has no label ${strange}`;
}

/** Dotted keys of the configuration and of policies; what begins like neither is something else. */
function keyProblem(path: string): string | null {
  const [first = ''] = path.split('.');
  const inConfig = CONFIG_PATHS.has(first);
  const inPolicy = [...POLICY_PATHS].some(
    (one) => one === first || one.startsWith(`spec.${first}.`),
  );
  if (!inConfig && !inPolicy) return null;
  if (/\.(?:ts|md|ya?ml|json|js)$/.test(path)) return null;
  if (has(CONFIG_PATHS, path)) return null;
  if (has(POLICY_PATHS, path)) return null;
  return 'is no key of a configuration or policy';
}

/** True when a known path is this one or ends in it, with any name where names stand. */
function has(paths: ReadonlySet<string>, path: string): boolean {
  const words = path.split('.');
  return [...paths].some((one) => {
    const parts = one.split('.').slice(-words.length);
    return words.every((word, at) => parts[at] === '*' || parts[at] === word);
  });
}

function problemsOf({ spans, blocks }: Page): readonly string[] {
  const promql = blocks
    .filter(({ language }) => language === 'promql')
    .map(({ page, line, text }): Mention => ({ page, line, text }));
  return [...spans, ...promql].flatMap(({ page, line, text }) =>
    CHECKS.flatMap(({ looksLike, problem }) =>
      (text.match(looksLike) ?? []).flatMap((name) => {
        const found = problem(name);
        return found === null ? [] : [`${page}:${line}: ${name} ${found}`];
      }),
    ),
  );
}

describe('the names in all pages', () => {
  test('are those of metrics, errors, variables, keys and options that there are', () => {
    expect(PAGES.flatMap(problemsOf)).toEqual([]);
  });

  test.each([
    ['`tagwarden_nothing_total`', 'is no metric'],
    ['`tagwarden_nothing_*`', 'is the start of no metric'],
    ['`tagwarden_policy_loads_total{outcome}`', 'has no label outcome'],
    ['```promql\nrate(tagwarden_policy_loads_total{reult="ok"}[5m])\n```', 'has no label reult'],
    ['`PROVIDER_LOST`', 'is no error code'],
    ['`x.yaml:1:1: error[unknown-word]`', 'is no code of an error or issue'],
    ['`TAGWARDEN_NOTHING`', 'is read nowhere'],
    ['`server.adminTokenn`', 'is no key'],
    ['`limits.maxDelete`', 'is no key'],
    ['`--confirmed sha256:…`', 'is no option'],
  ])('a name that is wrong would be noticed: %s', (text, wanted) => {
    expect(problemsOf(parsePage('x.md', text))).toEqual([expect.stringContaining(wanted)]);
  });
});
