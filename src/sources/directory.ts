import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ReconcileError } from '../model/errors.ts';

/** One policy file: its path as shown in messages, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const POLICY_FILE = /\.ya?ml$/;

/**
 * Reads every `*.yaml` and `*.yml` under a folder, sorted by path. Paths in the result start with `shownAs`.
 * Throws POLICY_INVALID when the folder is missing, holds no such file, or a link leads out of it.
 */
export async function readPolicyDirectory(
  folder: string,
  shownAs: string,
): Promise<readonly SourceFile[]> {
  const root = await resolveRoot(folder, shownAs);
  const names = (await readdir(root, { recursive: true })).filter((name) => isPolicyFile(name));
  const files: SourceFile[] = [];
  for (const name of names.sort()) files.push(await readOne(root, name, shownAs));
  if (files.length > 0) return files;
  throw new ReconcileError(
    'POLICY_INVALID',
    `Cannot load policies from "${shownAs}": the folder holds no *.yaml or *.yml file, ` +
      'wanted at least one policy (an empty folder never means "nothing to keep")',
  );
}

function isPolicyFile(name: string): boolean {
  // Kubernetes keeps the real files of a mounted ConfigMap under "..data" beside links to them.
  return POLICY_FILE.test(name) && !name.split(sep).some((part) => part.startsWith('.'));
}

async function resolveRoot(folder: string, shownAs: string): Promise<string> {
  try {
    const root = await realpath(resolve(folder));
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot load policies from "${shownAs}": the folder does not exist or is not readable, ` +
        'wanted a folder with *.yaml files (set policies.path, or name the folder)',
      { cause },
    );
  }
  throw new ReconcileError(
    'POLICY_INVALID',
    `Cannot load policies from "${shownAs}": it is a file, wanted a folder with *.yaml files`,
  );
}

async function readOne(root: string, name: string, shownAs: string): Promise<SourceFile> {
  const path = join(shownAs, name);
  const real = await realpath(join(root, name)).catch((cause: unknown) => {
    throw unreadable(path, 'the link leads nowhere', cause);
  });
  if (relative(root, real).split(sep)[0] === '..') {
    throw unreadable(path, 'the link leads out of the policy folder', null);
  }
  try {
    return { path, text: await readFile(real, 'utf8') };
  } catch (cause) {
    throw unreadable(path, 'the file is not readable', cause);
  }
}

function unreadable(path: string, what: string, cause: unknown): ReconcileError {
  return new ReconcileError(
    'POLICY_INVALID',
    `Cannot read policy file "${path}": ${what}, wanted a regular file inside the folder`,
    { cause },
  );
}
