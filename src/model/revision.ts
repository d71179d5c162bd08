/** Branch or tag and the commit of a revision; null: its files are those of a folder. */
export function commitOf(
  revision: string,
): { readonly ref: string; readonly commit: string } | null {
  const at = revision.lastIndexOf(SEPARATOR);
  if (at === -1) return null;
  return { ref: revision.slice(0, at), commit: revision.slice(at + SEPARATOR.length) };
}

const SEPARATOR = '@sha1:';

/** A revision as people read it: `main@3f2a9c1b04de`, or the first 19 characters of a hash. */
export function shortRevision(revision: string): string {
  const git = commitOf(revision);
  return git === null ? revision.slice(0, 19) : `${git.ref}@${git.commit.slice(0, 12)}`;
}
