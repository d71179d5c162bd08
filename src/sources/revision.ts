import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import type { SourceFile } from './origin.ts';

/** Hash over the names below the folder and the texts: the same wherever the folder lies and whatever it is called. */
export function revisionOf(files: readonly SourceFile[], folder: string): `sha256:${string}` {
  const named = files
    .map(({ path, text }) => ({ name: relative(folder, path).replaceAll(sep, '/'), text }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const hash = createHash('sha256');
  // Lengths are hashed too, so that no two sets of files run into the same bytes.
  for (const { name, text } of named) hash.update(`${name.length}:${name}\0${text.length}:${text}`);
  return `sha256:${hash.digest('hex')}`;
}
