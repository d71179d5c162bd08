import { posix } from 'node:path';
import { ReconcileError } from '../model/errors.ts';
import type { GitCommand } from './git-command.ts';
import { linksOf, parseTree, policyFilesOf } from './git-tree.ts';
import { SourceError, type SourceFile } from './origin.ts';

/** Which folder of which commit. */
export interface TreePlace {
  readonly commit: string;
  /** `''`: the root. */
  readonly path: string;
  readonly shownAs: string;
}

/**
 * Texts of all policy files of one commit. Throws SourceError `empty` when the commit has none there, POLICY_INVALID
 * for a file that cannot be a policy, SourceError `fetch_error` when objects are missing.
 */
export async function readPolicyTree(
  git: GitCommand,
  { commit, path, shownAs }: TreePlace,
  signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  await wantFolder(git, { commit, path, shownAs }, signal);
  const listing = await git.text(
    ['ls-tree', '-r', '-z', '-l', '--full-tree', `${commit}:${path}`],
    signal,
  );
  const entries = parseTree(listing);
  const links = linksOf(entries, shownAs);
  const targets = await readObjects(
    git,
    links.map(({ object }) => object),
    signal,
  );
  const files = policyFilesOf(entries, decodeAll(targets, shownAs), shownAs);
  const texts = await readObjects(
    git,
    files.map(({ object }) => object),
    signal,
  );
  return files
    .map(({ path: name, object }) => {
      const shown = posix.join(shownAs, name);
      return { path: shown, text: decode(texts.get(object) ?? Buffer.alloc(0), shown) };
    })
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

async function wantFolder(git: GitCommand, place: TreePlace, signal: AbortSignal): Promise<void> {
  const { commit, path, shownAs } = place;
  if (path === '') return;
  const found = await git.text(['ls-tree', '-d', '-z', '--full-tree', commit, '--', path], signal);
  if (found.startsWith('040000 ')) return;
  throw new SourceError(
    'empty',
    `Cannot load policies from "${shownAs}": commit ${commit.slice(0, 12)} has no such folder, wanted one with *.yaml files`,
  );
}

/** Contents by object, read by one process. */
async function readObjects(
  git: GitCommand,
  objects: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(objects)];
  if (wanted.length === 0) return new Map();
  const output = await git.bytes(['--batch'], `${wanted.join('\n')}\n`, signal);
  const contents = new Map<string, Buffer>();
  let at = 0;
  for (const object of wanted) {
    const end = output.indexOf('\n', at);
    const [name, type, size] = output.toString('latin1', at, Math.max(end, at)).split(' ');
    const start = end + 1;
    const length = Number(size);
    if (name !== object || type !== 'blob' || output.length < start + length) throw incomplete();
    contents.set(object, output.subarray(start, start + length));
    at = start + length + 1;
  }
  return contents;
}

function incomplete(): SourceError {
  return new SourceError(
    'fetch_error',
    'Cannot read policies of the commit: objects are missing from the clone, wanted all of them',
  );
}

function decodeAll(
  contents: ReadonlyMap<string, Buffer>,
  shownAs: string,
): ReadonlyMap<string, string> {
  return new Map([...contents].map(([object, bytes]) => [object, decode(bytes, shownAs)]));
}

function decode(bytes: Buffer, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot read policy file "${shown}": the file is not UTF-8 text, wanted a regular text file`,
      { cause },
    );
  }
}
