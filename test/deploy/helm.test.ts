import { globSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { RENDERED } from '../../tools/write-deploy.ts';
import { dataOf, KubeObject, renderedObjects } from './objects.ts';

const CHART = 'deploy/helm/tagwarden';
const Tree = z.record(z.string(), z.unknown());

function read(file: string): string {
  return readFileSync(`${CHART}/${file}`, 'utf8');
}

function readTree(file: string): z.infer<typeof Tree> {
  return Tree.parse(parse(readFileSync(file, 'utf8')));
}

const VALUES = readTree(`${CHART}/values.yaml`);
const SCHEMA = Tree.parse(JSON.parse(read('values.schema.json')));
const TEMPLATES = globSync(`${CHART}/templates/*`).map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));
const validate = new Ajv({ allErrors: true, strict: false }).compile(SCHEMA);

/** What the schema says about values, merged over the defaults as helm does it. */
function problemsOf(values: z.infer<typeof Tree>): readonly string[] {
  validate(merged(VALUES, values));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function merged(under: unknown, over: unknown): unknown {
  const [below, above] = [Tree.safeParse(under), Tree.safeParse(over)];
  if (!below.success || !above.success) return over;
  const keys = Object.entries(above.data);
  return Object.fromEntries([
    ...Object.entries(below.data),
    ...keys.map(([key, value]) => [key, merged(below.data[key], value)]),
  ]);
}

describe('the chart', () => {
  test('has the version of the package', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));

    const chart = parse(read('Chart.yaml'));

    expect(chart).toMatchObject({
      apiVersion: 'v2',
      name: 'tagwarden',
      version,
      appVersion: version,
    });
  });

  test.each(TEMPLATES)('closes in $path what it opens', ({ text }) => {
    const actions = [...text.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs)].map(
      ([, action = '']) => action,
    );
    const count = (pattern: RegExp): number =>
      actions.filter((action) => pattern.test(action)).length;

    expect(text.match(/\{\{/g)?.length).toBe(text.match(/\}\}/g)?.length);
    expect(actions.length).toBe(text.match(/\{\{/g)?.length);
    expect(count(/^(?:if|range|with|define|block)\b/)).toBe(count(/^end\b/));
  });

  test('uses values that values.yaml and the schema have, and includes that are defined', () => {
    const all = TEMPLATES.map(({ text }) => text).join('\n');
    const paths = [...all.matchAll(/\.Values((?:\.[A-Za-z]+)+)/g)].map(([, path = '']) =>
      path.slice(1).split('.'),
    );
    const defined = [...all.matchAll(/define "([^"]+)"/g)].map(([, name]) => name);
    const included = [...all.matchAll(/include "([^"]+)"/g)].map(([, name]) => name);

    const unknown = paths.filter(
      (path) =>
        !(
          has(VALUES, path) &&
          has(
            SCHEMA,
            path.flatMap((key) => ['properties', key]),
          )
        ),
    );

    expect(paths.length).toBeGreaterThan(20);
    expect(unknown).toEqual([]);
    expect(new Set(included)).toEqual(new Set(defined));
  });

  test('has no value that nothing uses', () => {
    const all = TEMPLATES.map(({ text }) => text).join('\n');

    const idle = Object.keys(VALUES).filter((key) => !all.includes(`.Values.${key}`));

    expect(idle).toEqual([]);
  });

  test('cannot be installed without a mode and accounts', () => {
    expect(problemsOf({})).toEqual(
      expect.arrayContaining([
        '/mode must be equal to one of the allowed values',
        "/config must have required property 'accounts'",
      ]),
    );
  });

  test.each([
    ['an unknown value', { replica: 1 }, 'must NOT have additional properties'],
    ['no workers at all', { keda: { minReplicas: 0 } }, '/keda/minReplicas'],
    ['a policy file that none is', { policies: { 'a.txt': 'x' } }, '/policies'],
    [
      'roles apart on an embedded queue',
      { config: { accounts: {}, queue: { url: 'embedded:/data/queue' } } },
      '/config/queue/url',
    ],
  ])('refuses %s', (_, change, problem) => {
    const base = readTree('deploy/helm/examples/distributed.yaml');
    expect(problemsOf(base)).toEqual([]);

    expect(problemsOf({ ...base, ...change }).join('\n')).toContain(problem);
  });

  test('refuses one process whose queue is not on its volume', () => {
    const base = readTree('deploy/helm/examples/single.yaml');
    const queue = { url: 'embedded:.tagwarden' };
    expect(problemsOf(base)).toEqual([]);

    const problems = problemsOf({ ...base, config: { ...Tree.parse(base['config']), queue } });

    expect(problems.join('\n')).toContain('/config/queue/url');
  });
});

function has(tree: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const parsed = Tree.safeParse(tree);
  return parsed.success && Object.hasOwn(parsed.data, key) && has(parsed.data[key], rest);
}

describe('the chart makes what the overlay of kustomize does', () => {
  const PAIRS = [
    { mode: 'single', overlay: 'single' },
    { mode: 'distributed', overlay: 'prod' },
  ] as const;

  test.each(PAIRS)('$mode as $overlay', ({ mode, overlay }) => {
    const made = comparable(renderedObjects('helm', mode));

    expect(made).toEqual(comparable(renderedObjects('kustomize', overlay)));
  });

  test('and every mode is rendered', () => {
    expect(PAIRS.map(({ mode }) => mode)).toEqual([...RENDERED.helm.names]);
  });

  test('and a difference would be noticed', () => {
    const objects = renderedObjects('helm', 'single');
    const other = objects.map((one) =>
      KubeObject.parse(JSON.parse(JSON.stringify(one).replace('"768Mi"', '"512Mi"'))),
    );

    expect(comparable(other)).not.toEqual(comparable(objects));
  });
});

/** Not in a chart: the namespace is the installer's, a Secret too, and alerts are off in the example. */
const APART = new Set(['Namespace', 'ExternalSecret', 'PrometheusRule']);
/** Labels and settings that only a chart has. */
const OF_HELM =
  /^(?:helm\.sh\/chart|app\.kubernetes\.io\/(?:instance|version|managed-by)|checksum\/config|imagePullPolicy)$/;

/** Objects by kind and name, without what is different by nature. */
function comparable(objects: readonly KubeObject[]): Readonly<Record<string, unknown>> {
  const entries = objects
    .filter(({ kind }) => !APART.has(kind))
    // A chart may share its namespace; an overlay does not.
    .filter(({ metadata }) => !metadata.name.endsWith('default-deny'))
    .map((one): readonly [string, unknown] => {
      const name = one.metadata.name.replace(/-[a-z0-9]{10}$/, '');
      if (one.kind !== 'ConfigMap') return [`${one.kind} ${name}`, plain(rest(one))];
      const data = Object.entries(dataOf(objects, one.metadata.name));
      return [
        `ConfigMap ${name}`,
        Object.fromEntries(data.map(([file, text]) => [file, parse(text)])),
      ];
    });
  return Object.fromEntries(entries);
}

function rest({ metadata: _, ...others }: KubeObject): unknown {
  return others;
}

/** Named lists by name, hashes of ConfigMaps and empty maps gone. */
function plain(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/^(tagwarden-(?:config|policies))-[a-z0-9]{10}$/, '$1');
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value.map(plain);
    const named = items.map((one) => z.looseObject({ name: z.string() }).safeParse(one).data?.name);
    return named.includes(undefined)
      ? items
      : items.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key]) => !OF_HELM.test(key))
    .map(([key, child]): [string, unknown] => [key, plain(child)])
    .filter(([, child]) => JSON.stringify(child) !== '{}');
  return Object.fromEntries(kept);
}

function nameOf(value: unknown): string {
  return z.looseObject({ name: z.string() }).parse(value).name;
}
