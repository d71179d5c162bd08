import { posix } from 'node:path';
import { ReconcileError } from '../model/errors.ts';
import { SourceError } from './origin.ts';

/** One entry of a commit's tree, by its path below the policy folder. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
  readonly sizeBytes: number;
}

/** A policy file of a commit: its path as listed, and the object with its text. */
export interface TreeFile {
  readonly path: string;
  readonly object: string;
}

const POLICY_FILE = /\.ya?ml$/;
const LINK = '120000';
const MODULE = '160000';
const ENTRY = /^(\d{6}) \w+ ([0-9a-f]{40,64}) +(\d+|-)\t(.+)$/s;
/** Longest policy file; the parser takes no more either. */
const MAX_BYTES = 1024 * 1024;
const MAX_ENTRIES = 100_000;
const MAX_LINKS = 8;
/** No path is longer. */
const MAX_LINK_BYTES = 4_096;
/** A link to a folder has all entries compared; this much is done in a second. */
const MAX_COMPARED = 10_000_000;

/** Entries of `git ls-tree -r -z -l`. */
export function parseTree(text: string): readonly TreeEntry[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', object = '', size = '', path = ''] = ENTRY.exec(line) ?? [];
      return { path, mode, object, sizeBytes: size === '-' ? 0 : Number(size) };
    });
}

/**
 * Links that may lead to policies; their targets are texts of objects. Throws POLICY_INVALID for one that is too long
 * to be a path.
 */
export function linksOf(entries: readonly TreeEntry[], shownAs: string): readonly TreeEntry[] {
  const links = entries.filter(({ mode, path }) => mode === LINK && !isHidden(path));
  const long = links.find(({ sizeBytes }) => sizeBytes > MAX_LINK_BYTES);
  if (long === undefined) return links;
  const found = `the link has ${long.sizeBytes} bytes`;
  throw refusal(posix.join(shownAs, long.path), found, `at most ${MAX_LINK_BYTES}`);
}

/**
 * The policy files of the tree, links resolved inside of it, as a folder on disk would show them. `targets` tells
 * where the links lead, by object. Throws POLICY_INVALID for a link that leads out, nowhere or in a circle, a
 * submodule named like a policy, and for files that are too large or too many; SourceError `empty` when there is none.
 */
export function policyFilesOf(
  entries: readonly TreeEntry[],
  targets: ReadonlyMap<string, string>,
  shownAs: string,
): readonly TreeFile[] {
  const tree: Tree = {
    entries,
    byPath: new Map(entries.map((entry) => [entry.path, entry])),
    targets,
    shownAs,
    visits: 0,
    compared: 0,
  };
  const found = entries
    .filter(({ path }) => !isHidden(path))
    .flatMap((entry) => expand(tree, entry, entry.path, 0));
  if (found.length > 0) return found;
  throw new SourceError(
    'empty',
    `Cannot load policies from "${shownAs}": the folder holds no *.yaml or *.yml file, ` +
      'wanted at least one policy (an empty folder never means "nothing to keep")',
  );
}

interface Tree {
  readonly entries: readonly TreeEntry[];
  readonly byPath: ReadonlyMap<string, TreeEntry>;
  readonly targets: ReadonlyMap<string, string>;
  readonly shownAs: string;
  /** Entries looked at so far: links to folders of links multiply. */
  visits: number;
  compared: number;
}

/** What an entry that is seen at `path` comes to. */
function expand(tree: Tree, entry: TreeEntry, path: string, depth: number): readonly TreeFile[] {
  tree.visits += 1;
  if (tree.visits > MAX_ENTRIES) {
    throw refusal(tree.shownAs, `it has more than ${MAX_ENTRIES} entries`, 'a folder of policies');
  }
  const shown = posix.join(tree.shownAs, path);
  if (entry.mode === LINK) return followLink(tree, entry, path, depth);
  if (!POLICY_FILE.test(path)) return [];
  if (entry.mode === MODULE) throw refusal(shown, 'it is a submodule', 'a regular file');
  if (entry.sizeBytes > MAX_BYTES) {
    throw refusal(shown, `it has ${entry.sizeBytes} bytes`, `at most ${MAX_BYTES}`);
  }
  return [{ path, object: entry.object }];
}

function followLink(tree: Tree, link: TreeEntry, path: string, depth: number): readonly TreeFile[] {
  const shown = posix.join(tree.shownAs, path);
  if (depth >= MAX_LINKS) throw refusal(shown, 'the link leads in a circle', 'a regular file');
  const text = tree.targets.get(link.object) ?? '';
  const target = posix.normalize(posix.join(posix.dirname(link.path), text));
  if (text.startsWith('/') || target === '..' || target.startsWith('../')) {
    throw refusal(shown, 'the link leads out of the folder', 'a regular file inside the folder');
  }
  const file = tree.byPath.get(target);
  if (file !== undefined) return expand(tree, file, path, depth + 1);
  tree.compared += tree.entries.length;
  if (tree.compared > MAX_COMPARED) {
    throw refusal(tree.shownAs, 'it has too many links to folders', 'a folder of policies');
  }
  const below = tree.entries.filter(
    (entry) => target === '.' || entry.path.startsWith(`${target}/`),
  );
  if (below.includes(link)) throw refusal(shown, 'the link leads in a circle', 'a regular file');
  if (below.length === 0 && POLICY_FILE.test(path)) {
    throw refusal(shown, 'the link leads nowhere', 'a regular file inside the folder');
  }
  const start = target === '.' ? 0 : target.length + 1;
  return below
    .filter((entry) => !isHidden(entry.path.slice(start)))
    .flatMap((entry) => expand(tree, entry, posix.join(path, entry.path.slice(start)), depth + 1));
}

function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.'));
}

function refusal(path: string, found: string, wanted: string): ReconcileError {
  return new ReconcileError(
    'POLICY_INVALID',
    `Cannot read policy file "${path}": ${found}, wanted ${wanted}`,
  );
}
