import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_FILES = ['package.json', 'rolldown.config.ts', 'src', 'schemas'];

/** A release that can be started: its name and its entry point. */
export interface Build {
  readonly name: string;
  readonly main: string;
}

/** The working copy. */
export function thisBuild(): Build {
  const given = process.env['TAGWARDEN_MAIN'];
  return { name: 'this', main: given ?? join(ROOT, 'src/main.ts') };
}

/** Builds the release of a commit, by git ref, with the packages of the working copy. */
export function buildOf(ref: string): Build {
  const folder = newFolder();
  const tree = execFileSync('git', ['archive', ref, ...BUILD_FILES], {
    cwd: ROOT,
    maxBuffer: 1 << 28,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: tree });
  return { name: ref, main: bundle(folder) };
}

/**
 * A made-up next release: the working copy with the version of jobs and records raised by one, which reads both. It stands
 * for any change that the release before it must not misread.
 */
export function nextBuild(): Build {
  const folder = newFolder();
  for (const file of BUILD_FILES) cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  const raise = ['const VERSION = 1;', 'const VERSION = 2;'] as const;
  edit(join(folder, 'src/queue/jobs.ts'), [
    raise,
    ['v: z.literal(VERSION)', 'v: z.union([z.literal(1), z.literal(VERSION)])'],
  ]);
  edit(join(folder, 'src/store/schemas.ts'), [raise]);
  const reads = [
    'v: z.literal(VERSION)',
    'v: z.union([z.literal(1), z.literal(VERSION)])',
  ] as const;
  edit(join(folder, 'src/store/codec.ts'), [reads]);
  edit(join(folder, 'src/store/redis-targets.ts'), [reads]);
  return { name: 'next', main: bundle(folder) };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'build-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function bundle(folder: string): string {
  execFileSync(join(ROOT, 'node_modules/.bin/rolldown'), ['--config', 'rolldown.config.ts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const main = join(folder, 'dist/bundle/main.js');
  if (!existsSync(main)) throw new Error(`${main} was not built`);
  return main;
}

function edit(file: string, changes: readonly (readonly [string, string])[]): void {
  let text = readFileSync(file, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} has no "${from}" to change`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(file, text);
}
