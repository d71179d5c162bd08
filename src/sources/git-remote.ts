import type { GitLocation } from '../model/git-location.ts';
import type { GitCommand } from './git-command.ts';
import { SourceError } from './origin.ts';

/** What the ref names at the remote now. */
export interface Head {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  readonly commit: string;
}

const PEELED = '^{}';

/** Asks the remote for the ref. Throws SourceError `fetch_error` when it has none, or a branch and a tag of that name. */
export async function findHead(
  git: GitCommand,
  { url, ref }: Pick<GitLocation, 'url' | 'ref'>,
  signal: AbortSignal,
): Promise<Head> {
  const names = ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const patterns = names.flatMap((name) => [name, name + PEELED]);
  const found = parseRefs(await git.text(['ls-remote', '--quiet', '--', url, ...patterns], signal));
  // The remote matches the end of names; only the whole one is meant.
  const heads = names.flatMap((name) => {
    const commit = found.get(name + PEELED) ?? found.get(name);
    return commit === undefined ? [] : [{ name, commit }];
  });
  const [head, other] = heads;
  if (head === undefined) {
    throw refusal(url, ref, 'the remote has no such branch or tag', 'the name of one');
  }
  if (other !== undefined) {
    throw refusal(url, ref, 'it is a branch and a tag', `${head.name} or ${other.name}`);
  }
  return head;
}

function parseRefs(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => /^[0-9a-f]{40,64}\t/.test(line));
  return new Map(
    lines.map((line) => {
      const [commit = '', name = ''] = line.split('\t');
      return [name, commit];
    }),
  );
}

function refusal(url: string, ref: string, found: string, wanted: string): SourceError {
  return new SourceError(
    'fetch_error',
    `Cannot follow ref "${ref}" of "${url}": ${found}, wanted ${wanted}`,
  );
}
