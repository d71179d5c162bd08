import type { Dirent, Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ReconcileError } from '../model/errors.ts';
import { SourceError, type SourceFile } from './origin.ts';

/** A policy file as found: where it is shown, where its bytes are, and what changes when they do. */
interface Found {
  readonly path: string;
  readonly real: string;
  readonly stamp: readonly number[];
}

const POLICY_FILE = /\.ya?ml$/;
/** How often a folder that is swapped while it is read is read anew. */
const ATTEMPTS = 3;

/**
 * Reads every `*.yaml` and `*.yml` under a folder, sorted by path, all from one state of the folder. Paths in the
 * result start with `shownAs`. Throws POLICY_INVALID when the folder is missing, holds no such file, a link leads
 * out of it or in a circle, or a file is not UTF-8 text.
 */
export async function readPolicyDirectory(
  folder: string,
  shownAs: string,
): Promise<readonly SourceFile[]> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const files = await readOnce(folder, shownAs);
      if (files !== null) return files;
    } catch (error) {
      // A swap takes away what the old links led to; only what stays broken is a mistake.
      if (attempt === ATTEMPTS) throw error;
    }
  }
  throw refusal(
    `Cannot load policies from "${shownAs}": it changed each time it was read, wanted rest`,
  );
}

/** Null: files or links moved meanwhile, so that what was read may be a mix of two states. */
async function readOnce(folder: string, shownAs: string): Promise<readonly SourceFile[] | null> {
  const found = await findAll(folder, shownAs);
  const files: SourceFile[] = [];
  for (const { path, real } of found) files.push({ path, text: await readText(path, real) });
  if (!isDeepStrictEqual(found, await findAll(folder, shownAs))) return null;
  if (files.length > 0) return files;
  throw new SourceError(
    'empty',
    `Cannot load policies from "${shownAs}": the folder holds no *.yaml or *.yml file, ` +
      'wanted at least one policy (an empty folder never means "nothing to keep")',
  );
}

async function findAll(folder: string, shownAs: string): Promise<readonly Found[]> {
  const root = await resolveRoot(folder, shownAs);
  const found = await findIn({ root, folder: root, shownAs, above: [] });
  return found.toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

async function resolveRoot(folder: string, shownAs: string): Promise<string> {
  try {
    const root = await realpath(resolve(folder));
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw new SourceError(
      'fetch_error',
      `Cannot load policies from "${shownAs}": the folder does not exist or is not readable, ` +
        'wanted a folder with *.yaml files (set policies.path, or name the folder)',
      { cause },
    );
  }
  throw refusal(
    `Cannot load policies from "${shownAs}": it is a file, wanted a folder with *.yaml files`,
  );
}

/** A path as messages show it: seen from the working directory when it is below it, whole when it is elsewhere. */
export function shownPath(path: string): string {
  const below = relative('', path) || '.';
  return below.startsWith('..') ? resolve(path) : below;
}

interface Place {
  readonly root: string;
  /** Real path of the folder to look into. */
  readonly folder: string;
  readonly shownAs: string;
  /** Real paths of the folders it was reached through. */
  readonly above: readonly string[];
}

/** Follows links to folders as well: a mounted ConfigMap shows its subfolders as links. */
async function findIn(place: Place): Promise<readonly Found[]> {
  const above = [...place.above, place.folder];
  const found: Found[] = [];
  for (const entry of await listEntries(place)) {
    const path = join(place.shownAs, entry.name);
    const end = await follow(join(place.folder, entry.name), path, POLICY_FILE.test(entry.name));
    if (end === null) continue;
    const { real, stats } = end;
    if (isOutside(place.root, real)) throw unreadable(path, 'the link leads out of the folder');
    if (above.includes(real)) throw unreadable(path, 'the link leads in a circle');
    if (stats.isDirectory()) {
      found.push(...(await findIn({ ...place, folder: real, shownAs: path, above })));
    } else if (stats.isFile()) {
      found.push({ path, real, stamp: [stats.ino, stats.size, stats.mtimeMs] });
    } else throw unreadable(path, 'it is no file');
  }
  return found;
}

/** What may be or lead to a policy. */
async function listEntries({ folder, shownAs }: Place): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => {
      // Kubernetes keeps the real files of a mounted ConfigMap under "..data" beside links to them.
      if (entry.name.startsWith('.')) return false;
      return POLICY_FILE.test(entry.name) || entry.isDirectory() || entry.isSymbolicLink();
    });
  } catch (cause) {
    throw unreadable(shownAs, 'the folder is not readable', cause);
  }
}

/** Null: a link that has nothing to do with policies. */
async function follow(
  link: string,
  path: string,
  isNamedPolicy: boolean,
): Promise<{ readonly real: string; readonly stats: Stats } | null> {
  try {
    const real = await realpath(link);
    const stats = await stat(real);
    return isNamedPolicy || stats.isDirectory() ? { real, stats } : null;
  } catch (cause) {
    if (!isNamedPolicy) return null;
    throw unreadable(path, 'the link leads nowhere', cause);
  }
}

function isOutside(root: string, real: string): boolean {
  return relative(root, real).split(sep)[0] === '..';
}

async function readText(path: string, real: string): Promise<string> {
  const bytes = await readFile(real).catch((cause: unknown) => {
    throw unreadable(path, 'the file is not readable', cause);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, 'the file is not UTF-8 text', cause);
  }
}

function unreadable(path: string, what: string, cause: unknown = null): ReconcileError {
  const wanted = 'wanted a regular text file inside the folder';
  return refusal(`Cannot read policy file "${path}": ${what}, ${wanted}`, cause);
}

function refusal(message: string, cause: unknown = null): ReconcileError {
  return new ReconcileError('POLICY_INVALID', message, { cause });
}
