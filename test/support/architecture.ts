import { posix } from 'node:path';

/** A source file: its path from the root of the repository, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly specifier: string;
  /** `import type` and `export type`: gone at run time. */
  readonly isType: boolean;
}

/** What a layer may import, as paths below src; a folder stands for all of its files. */
export interface Row {
  readonly imports: readonly string[];
  /** May be imported with `import type` only. */
  readonly types?: readonly string[];
}

/** A package or a global that only some files may use. `only` holds paths below src. */
export interface Wall {
  readonly only: readonly string[];
  readonly because: string;
}

export interface GlobalWall extends Wall {
  readonly uses: RegExp;
}

const STRING_OR_COMMENT =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?[\w*{][^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const SIDE_EFFECT = /^[ \t]*import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`]+)['"`]/g;

/** The text without its comments; strings stay, whatever they look like. */
export function withoutComments(text: string): string {
  return text.replace(STRING_OR_COMMENT, (part) => (part.startsWith('/') ? ' ' : part));
}

/** Every import of a text: static, side-effect, re-export and dynamic. */
export function parseImports(text: string): Import[] {
  const code = withoutComments(text);
  return [
    ...[...code.matchAll(STATIC)].map(([, type, specifier = '']) => ({
      specifier,
      isType: type !== undefined,
    })),
    ...[SIDE_EFFECT, DYNAMIC].flatMap((kind) =>
      [...code.matchAll(kind)].map(([, specifier = '']) => ({ specifier, isType: false })),
    ),
  ];
}

/** The row of the table a file below src belongs to: its own, its provider's, its folder's, or null. */
export function findRow(path: string, table: Readonly<Record<string, Row>>): string | null {
  const [folder = '', inner] = path.split('/');
  const isProvider = folder === 'providers' && path.split('/').length > 2;
  const candidates = [path, ...(isProvider ? ['providers/*'] : []), folder];
  const found = candidates.find((candidate) => Object.hasOwn(table, candidate));
  return found === 'providers/*' ? `providers/${inner}` : (found ?? null);
}

/** The imports of a file that its row does not allow, in words. */
export function findStrays(file: SourceFile, table: Readonly<Record<string, Row>>): string[] {
  const path = belowSrc(file.path);
  const own = findRow(path, table);
  if (own === null) return [`${file.path} has no row in the import table`];
  const row = table[own] ?? table['providers/*'] ?? { imports: [] };
  return localImports(file).flatMap(({ target, isType }) => {
    const allowed = [own, ...row.imports, ...(isType ? (row.types ?? []) : [])];
    if (allowed.some((place) => isWithin(target, place))) return [];
    return [`${path} (${own}) must not import ${isType ? 'types of ' : ''}${target}`];
  });
}

/** The packages and built-in modules a file imports past a wall, types included. */
export function findBreaches(file: SourceFile, walls: Readonly<Record<string, Wall>>): string[] {
  const path = belowSrc(file.path);
  return parseImports(file.text)
    .filter(({ specifier }) => !specifier.startsWith('.'))
    .flatMap(({ specifier }) => {
      const wall = walls[packageOf(specifier)];
      if (wall === undefined || wall.only.some((place) => isWithin(path, place))) return [];
      return [`${path} must not import ${specifier}: ${wall.because}`];
    });
}

/** The packages and built-in modules a file in a pure folder imports beyond those allowed there. */
export function findImpurities(
  file: SourceFile,
  pure: Readonly<Record<string, readonly string[]>>,
): string[] {
  const path = belowSrc(file.path);
  const allowed = pure[path.split('/')[0] ?? ''];
  if (allowed === undefined) return [];
  return parseImports(file.text)
    .filter(
      ({ specifier }) => !specifier.startsWith('.') && !allowed.includes(packageOf(specifier)),
    )
    .map(({ specifier }) => `${path} must not import ${specifier}: its folder is pure`);
}

/** Clocks, randomness, environment and the like outside the places that own them. */
export function findGlobals(file: SourceFile, walls: readonly GlobalWall[]): string[] {
  const path = belowSrc(file.path);
  const code = withoutComments(file.text);
  return walls
    .filter(({ only }) => !only.some((place) => isWithin(path, place)))
    .flatMap(({ uses, because }) => {
      const found = uses.exec(code);
      return found ? [`${path} must not use ${found[0].trim()}: ${because}`] : [];
    });
}

/** The first cycle of imports, as `a → b → a`, or null. */
export function findCycle(files: readonly SourceFile[]): string | null {
  const edges = new Map(
    files.map((file) => [belowSrc(file.path), localImports(file).map(({ target }) => target)]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string | null => {
    const start = trail.indexOf(path);
    if (start !== -1) return [...trail.slice(start), path].join(' → ');
    if (done.has(path)) return null;
    done.add(path);
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    return null;
  };
  for (const path of edges.keys()) {
    const cycle = visit(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Why a test file stands in the wrong place, or null. `sources` are paths from the root. */
export function findMisplaced(
  testPath: string,
  sources: readonly string[],
  freeFolders: readonly string[],
): string | null {
  const path = testPath.replace(/^test\//, '');
  if (freeFolders.some((place) => isWithin(path, place))) return null;
  // diff.test.ts and diff.order.test.ts both mirror diff.ts; a test of a folder mirrors the folder.
  const subject = path.replace(/(\.[\w-]+)?\.test\.ts$/, '');
  const homes = [`src/${subject}`, subject];
  const isMirror = sources.some((source) =>
    homes.some((home) => source === `${home}.ts` || source === `${home}/index.ts`),
  );
  return isMirror ? null : `${testPath} mirrors no file: expected src/${subject}.ts`;
}

/** Lines as an editor counts them. */
export function countLines(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
}

interface LocalImport {
  readonly target: string;
  readonly isType: boolean;
}

function localImports(file: SourceFile): LocalImport[] {
  return parseImports(file.text)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, isType }) => ({
      target: belowSrc(posix.normalize(posix.join(posix.dirname(file.path), specifier))),
      isType,
    }));
}

function belowSrc(path: string): string {
  return path.replace(/^src\//, '');
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  const [scope = '', name] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}
