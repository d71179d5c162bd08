import { resolveGit } from '../../src/config/git.ts';
import { GitDocument } from '../../src/config/schema-policies.ts';
import type { GitLocation } from '../../src/model/git-location.ts';
import { createGitOrigin } from '../../src/sources/git.ts';
import { createGitCommand } from '../../src/sources/git-command.ts';
import { linksOf, parseTree, policyFilesOf } from '../../src/sources/git-tree.ts';
import { refusal, split } from './refusal.ts';

const KEY = { sshKey: { file: '/run/key' }, knownHosts: { file: '/run/hosts' } };

/** URL, ref and folder of a policy repository, a line each: what is taken must be harmless in a command line. */
export function takeGitPlace(text: string): unknown {
  const [url, rest] = split(text);
  const [ref, path] = split(rest);
  const auth = url.startsWith('ssh:') ? { auth: KEY } : {};
  const { success, data, error } = GitDocument.safeParse({
    url,
    ref,
    path,
    allowLoopbackHttp: true,
    ...auth,
  });
  if (!success) throw refusal(error.issues.map(({ message }) => message).join());
  const sources = { variable: () => null, readFile: () => '', onSecret: () => undefined };
  const location = resolveGit(data, sources, (file) => file);
  refuseDanger(location);
  const variable = (): null => null;
  createGitCommand({ location, folder: '/nowhere', variable });
  const origin = createGitOrigin({ location, variable, random: () => 0, now: () => new Date(0) });
  return origin.shownAs;
}

/** Told apart from the checks that it looks behind: what reaches git may be read as nothing but what it is. */
function refuseDanger({ url, ref, path }: GitLocation): void {
  const { password, search, hash } = new URL(url);
  const parts = path.toLowerCase().split('/');
  const dangers = {
    transport: !/^(?:https?|ssh):\/\/[^-:]/.test(url),
    credential: password + search + hash !== '',
    ref: !/^\w[\w./+@=-]*$/.test(ref) || ref.includes('..'),
    folder: parts.some((part) => ['..', '.git'].includes(part) || /^-|[\0\r\n:]/.test(part)),
    root: path.startsWith('/'),
  };
  const found = Object.entries(dangers).find(([, holds]) => holds);
  if (found !== undefined) throw new Error(`a dangerous ${found[0]} was taken`);
}

/** Lines of `git ls-tree -l`, then after an empty line where links lead, as `OBJECT TARGET`. */
export function takeGitTree(text: string): unknown {
  const [listing, links] = split(text, '\n\n');
  const entries = parseTree(listing.replaceAll('\n', '\0'));
  const wanted = new Set(linksOf(entries, 'tags').map(({ object }) => object));
  const targets = new Map(
    links
      .split('\n')
      .map((line) => split(line, ' '))
      .filter(([object]) => wanted.has(object)),
  );
  return policyFilesOf(entries, targets, 'tags');
}
