import { z } from 'zod';
import { fail, failAt } from '../policy/schema-text.ts';
import { SecretReference } from './schema-secret.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
/** No control or blank, nothing that a shell, a refspec or an option parser would read as its own. */
const REF =
  /^(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)|[./]$))[A-Za-z0-9_][A-Za-z0-9._/+@=-]{0,199}$/;
const SEGMENT = /^(?!-|\.\.?$|\.git$)[^\p{Cc}:\\]+$/iu;
const HOST = /^[a-z0-9[][a-z0-9.:[\]-]*$/i;
const USER = /^(?!-)[A-Za-z0-9._-]*$/;
const GIT_URL = /^(?:https?|ssh):\/\/[^\s\\\p{Cc}]+$/u;
/** From 1 s up to 24 h. */
const INTERVAL = /^(?:[1-9]\d{0,4}s|[1-9]\d{0,2}m|(?:[1-9]|1\d|2[0-4])h)$/;
const TIMEOUT = /^(?:[1-9]\d{2,5}ms|[1-9]\d{0,2}s|[1-9]m)$/;

const Auth = z
  .union([
    z.strictObject({
      token: SecretReference.describe('Token or password for https'),
      username: z
        .string()
        .regex(/^[^\p{Cc}:]{1,200}$/u, 'must be a user name without a colon')
        .default('git')
        .describe('User name that goes with the token; most servers take any'),
    }),
    z.strictObject({
      sshKey: z
        .strictObject({ file: z.string().min(1) })
        .describe('File of the private key, without a passphrase; read by ssh'),
      knownHosts: z
        .strictObject({ file: z.string().min(1) })
        .describe('File of the host keys to accept, as ssh-keyscan writes it; no other is'),
    }),
  ])
  .describe('Token for https, or key and known hosts for ssh; none: a public repository');

/** `policies.git`: a repository, one ref of it, and how to ask. */
export const GitDocument = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .describe(
        'https://host/path or ssh://git@host/path; a credential stands in auth, never here',
      ),
    ref: z
      .string()
      .regex(REF, 'must be the name of a branch or a tag, or a full name such as refs/tags/v1')
      .default('main')
      .describe('Branch or tag that is followed; nothing from any other is used'),
    path: z
      .string()
      .max(1_000)
      .default('')
      .refine(isFolder, 'must be a folder inside the repository, such as policies/prod')
      .describe('Folder of the policy files inside the repository; its root when left out'),
    interval: z
      .string()
      .regex(INTERVAL, 'must be a duration from 1s to 24h')
      .default('1m')
      .describe('How often the remote is asked, ±10 %; a push hook is answered at once'),
    timeout: z
      .string()
      .regex(TIMEOUT, 'must be a duration from 100ms to 9m')
      .default('30s')
      .describe('Longest time for one git command; then it is ended'),
    auth: Auth.optional(),
    tls: z
      .strictObject({ caFile: z.string().min(1) })
      .optional()
      .describe('Extra certificate authority, a PEM file'),
    cache: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Folder for what was fetched, writable; the folder for temporary files when left out',
      ),
    allowLoopbackHttp: z
      .boolean()
      .default(false)
      .describe('Accepts http:// of this machine, for tests'),
  })
  .superRefine((git, context) => {
    const problem = urlProblem(git.url, git.allowLoopbackHttp);
    if (problem !== null) {
      const expected = 'https://host/path or ssh://git@host/path';
      failAt(['url'], context, { message: problem, code: 'wrong-value', expected });
      return;
    }
    const isSsh = git.url.startsWith('ssh:');
    if (git.auth !== undefined && isSsh !== 'sshKey' in git.auth) {
      const expected = isSsh ? 'sshKey and knownHosts for ssh' : 'token for https';
      failAt(['auth'], context, {
        message: 'auth does not go with the URL',
        code: 'wrong-value',
        expected,
      });
    } else if (isSsh && git.auth === undefined) {
      const expected = 'auth with sshKey and knownHosts';
      fail(context, 'ssh needs a key', { code: 'wrong-value', expected });
    }
  });
export type GitDocument = z.infer<typeof GitDocument>;

/** `policies:`, a folder or a repository. */
export const PoliciesDocument = z
  .strictObject({
    path: z.string().min(1).optional().describe('Folder of policy files; ./policies when left out'),
    git: GitDocument.optional().describe('Repository of policy files, in place of a folder'),
  })
  .superRefine(({ path, git }, context) => {
    if (path === undefined || git === undefined) return;
    const expected = 'either path or git; a folder of the repository is git.path';
    fail(context, 'policies come from two places', { code: 'wrong-value', expected });
  });

function isFolder(path: string): boolean {
  return path === '' || path.split('/').every((segment) => SEGMENT.test(segment));
}

/** What is wrong with a URL, by the first that holds. */
const URL_PROBLEMS: readonly (readonly [problem: string, holds: (url: URL) => boolean])[] = [
  ['git.url names no host', ({ hostname }) => !HOST.test(hostname)],
  ['git.url holds a password', ({ password }) => password !== ''],
  ['git.url holds a user name', ({ protocol, username }) => protocol !== 'ssh:' && username !== ''],
  ['git.url holds a strange user name', ({ username }) => !USER.test(username)],
  ['git.url holds a query', ({ search, hash }) => search !== '' || hash !== ''],
  ['git.url names no repository', ({ pathname }) => !/^\/[^-]/.test(pathname)],
];

/** Never quotes the URL: it may hold a password. Null: it is fine. */
function urlProblem(text: string, allowLoopbackHttp: boolean): string | null {
  // What URL would mend is refused: git is given the text itself.
  if (!GIT_URL.test(text) || !URL.canParse(text)) return 'git.url is no such URL';
  const url = new URL(text);
  const problem = URL_PROBLEMS.find(([, holds]) => holds(url))?.[0] ?? null;
  if (problem !== null || url.protocol !== 'http:') return problem;
  return allowLoopbackHttp && LOOPBACK.has(url.hostname) ? null : 'git.url is not encrypted';
}
