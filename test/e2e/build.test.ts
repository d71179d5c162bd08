import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAst } from 'rolldown/parseAst';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Asked for inside a try: what the bundle does without. */
const ABSENT = ['@valkey/valkey-glide', 'msgpackr-extract', 'pg-native', 'supports-color'];
const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
const Bill = z.object({ components: z.array(z.object({ name: z.string(), version: z.string() })) });
const Sources = z.object({ sources: z.array(z.string()) });

/** What `npm run build` makes and the image runs, in a folder of its own. */
describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-bundle-'));
  const tagwarden = async (...args: readonly string[]) =>
    await run(process.execPath, [join(folder, 'dist/bundle/main.js'), ...args], { cwd: folder });

  beforeAll(async () => {
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    for (const part of ['policies', 'schemas', 'README.md', 'LICENSE'])
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const args = ['--config', 'rolldown.config.ts', '--dir', join(folder, 'dist/bundle')];
    await run(process.execPath, ['node_modules/rolldown/bin/cli.mjs', ...args], { cwd: ROOT });
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('finds its version and the policies beside it', async () => {
    const { stdout: version } = await tagwarden('version');
    const { stdout: checked } = await tagwarden('validate', 'policies');

    expect(version).toMatch(/\d+\.\d+\.\d+/);
    expect(checked).toContain('valid');
  });

  test('heals the simulated clouds on the embedded queue', async () => {
    const { stdout } = await tagwarden('demo', '--once', '--timeout', '50');

    expect(stdout).toContain('in sync');
  }, 60_000);

  test('asks for no package but those of `dependencies`, and for all of those', () => {
    const asked = new Set(
      globSync(join(folder, 'dist/bundle/*.js')).flatMap((file) => importsOf(read(file))),
    );
    const { dependencies } = Manifest.parse(JSON.parse(read(join(ROOT, 'package.json'))));

    const packages = [...asked].filter((name) => !builtinModules.includes(name));

    expect(packages.toSorted()).toEqual([...Object.keys(dependencies), ...ABSENT].toSorted());
  }, 60_000);

  test('names every package it contains in its notices and its SBOM', () => {
    const maps = globSync(join(folder, 'dist/bundle/*.js.map'));
    const sources = maps.flatMap((file) => Sources.parse(JSON.parse(read(file))).sources);
    const contained = new Set(sources.flatMap((source) => packageOf(source) ?? []));
    const sbom = Bill.parse(JSON.parse(read(join(folder, 'dist/bundle/sbom.cdx.json'))));
    const notices = read(join(folder, 'dist/bundle/THIRD-PARTY-NOTICES.txt'));
    const [head = ''] = notices.split('\n\n====');

    const listed = sbom.components.map(({ name, version }) => `${name}@${version}`);

    expect(contained.size).toBeGreaterThan(50);
    expect(new Set(sbom.components.map(({ name }) => name))).toEqual(contained);
    expect(listed.filter((one) => !head.includes(`\n${one}  `))).toEqual([]);
    expect(listed.filter((one) => !notices.includes(`=\n${one}\n=`))).toEqual([]);
  });

  test('states the version of package.json wherever it is asked for it', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

    const { stdout: command } = await tagwarden('version');
    const { stdout: flag } = await tagwarden('--version');

    expect(command).toMatch(new RegExp(`^tagwarden ${RegExp.escape(version)} `));
    expect(flag).toBe(command);
  });

  test('is packed with what package-files.txt lists and nothing else, twice the same', async () => {
    const pack = async (name: string): Promise<Packed> => {
      mkdirSync(join(folder, name));
      const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', name];
      const { stdout } = await run('npm', args, { cwd: folder });
      const [packed] = JSON.parse(stdout) as readonly Packed[];
      if (packed === undefined) throw new Error('npm packed nothing');
      return packed;
    };

    const first = await pack('first');
    const second = await pack('second');

    // What is loaded on demand has the hash of its content in its name, and of examples there may be any number.
    const named = first.files.map(({ path }) =>
      path.replace(/[\w.-]+-[\w-]{8}\.js$/, '*.js').replace(/[\w-]+\.yaml$/, '*.yaml'),
    );
    const listed = readFileSync('test/fixtures/package-files.txt', 'utf8').trim().split('\n');
    expect([...new Set(named)].toSorted()).toEqual(listed);
    expect(second.shasum).toBe(first.shasum);
  }, 60_000);
});

/** What `npm pack --json` says of a package. */
interface Packed {
  readonly shasum: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the version', () => {
  test('stands in package.json and what is made from it, and nowhere else', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { version: string };
    const textOf = (...patterns: readonly string[]): string =>
      globSync([...patterns])
        .map((file) => read(file))
        .join('\n');
    // These must spell it out: a chart, tags of images, and the examples for the CI of others.
    const copies = textOf('deploy/**/*.{yaml,yml,json}').matchAll(
      /(?:appVersion|TAGWARDEN_VERSION|newTag): "?(?<copy>\d[\w.-]*)|tagwarden:(?<tag>\d+\.\d+[\w.-]*)/g,
    );
    const stated = [...copies].map(({ groups }) => groups?.['copy'] ?? groups?.['tag']);

    expect(lock.version).toBe(version);
    expect(stated.length).toBeGreaterThan(1);
    expect(new Set(stated)).toEqual(new Set([version]));
    expect(textOf('src/{cli,config,server,service,telemetry}/**/*.ts', 'Dockerfile')).not.toContain(
      version,
    );
  });
});

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Last package in the path of a module. */
function packageOf(path: string): string | null {
  const [, name = null] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return name;
}

/** Packages and built-in modules that code names in import, import() or require(), whether or not it comes to that. */
function importsOf(code: string): readonly string[] {
  const found: string[] = [];
  walk(parseAst(code), (node) => {
    const { type, source, callee, arguments: given } = node;
    const isRequire = type === 'CallExpression' && /^(?:__)?require$/.test(nameOf(callee));
    const asked = isRequire && Array.isArray(given) ? given[0] : source;
    const literal = valueOf(asked);
    if (literal !== null && !/^[./]|^node:/.test(literal)) found.push(literal);
  });
  return found.map((name) => {
    const [first = '', second = ''] = name.split('/');
    return name.startsWith('@') ? `${first}/${second}` : first;
  });
}

type Node = Readonly<Record<string, unknown>>;

function walk(value: unknown, visit: (node: Node) => void): void {
  if (!isNode(value)) return;
  if (!Array.isArray(value)) visit(value);
  for (const part of Object.values(value)) walk(part, visit);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value['name'] === 'string' ? value['name'] : '';
}

function valueOf(value: unknown): string | null {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : null;
}
