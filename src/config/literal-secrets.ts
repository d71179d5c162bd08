import { z } from 'zod';
import { type PolicyIssue, type Problem, placeIssue } from '../policy/issue.ts';
import { locate, type Path } from '../policy/located.ts';
import type { Source } from '../policy/source.ts';
import type { Tree } from '../policy/yaml-tree.ts';
import { literalPasswords } from './secrets.ts';

/** Keys of `accounts.*.auth` and `server.hooks.*` whose value is a secret. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'accessKey',
  'secretKey',
  'securityToken',
  'password',
  'token',
  'publicKey',
  'privateKey',
  'secret',
  'adminToken',
]);
const SECRET_LINE = new RegExp(`(?:${[...SECRET_KEYS].join('|')}|://)`, 'i');
const REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

const WithReceivers = z.object({
  notifications: z.record(
    z.string(),
    z
      .object({ type: z.unknown(), url: z.string().nullable().catch(null) })
      .catch({ type: null, url: null }),
  ),
});
const WithQueueUrl = z.object({ queue: z.object({ url: z.string() }) });

/** A secret that stands in the file itself. */
export interface LiteralSecret {
  readonly path: Path;
  readonly text: string;
}

/** Every secret of the document that is written out instead of referred to. */
export function findLiteralSecrets(document: unknown): readonly LiteralSecret[] {
  return [...inAuth(document), ...inQueueUrl(document), ...inReceiverUrls(document)];
}

function inQueueUrl(document: unknown): readonly LiteralSecret[] {
  const { success, data } = WithQueueUrl.safeParse(document);
  if (!success) return [];
  return literalPasswords(data.queue.url).map((text) => ({ path: ['queue', 'url'], text }));
}

/** A chat's webhook is a secret whatever it looks like, another one when it carries a user name or a query. */
function inReceiverUrls(document: unknown): readonly LiteralSecret[] {
  const { success, data } = WithReceivers.safeParse(document);
  if (!success) return [];
  return Object.entries(data.notifications).flatMap(([name, { type, url }]) => {
    if (url === null || REFERENCE.test(url)) return [];
    const isOpen = type !== 'slack' && !/[@?#]/.test(url);
    return isOpen ? [] : [{ path: ['notifications', name, 'url'], text: url }];
  });
}

function inAuth(value: unknown, path: Path = []): readonly LiteralSecret[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    const isText = typeof inner === 'string' || typeof inner === 'number';
    const isSecret = SECRET_KEYS.has(key) || path.at(-1) === 'secrets';
    if (!isSecret || !isText) return inAuth(inner, at);
    const text = String(inner);
    return REFERENCE.test(text) ? [] : [{ path: at, text }];
  });
}

/** The refusal of one; neither message nor excerpt shows it. */
export function refuseLiteral({ path }: LiteralSecret, tree: Tree, source: Source): PolicyIssue {
  const problem: Problem = {
    code: 'literal-secret',
    message: `${path.join('.')} holds the secret itself`,
    expected: `${path[0] === 'queue' ? '${ENV_NAME} in its place' : '"${ENV_NAME}" or { file: path }'}; consider the secret leaked if this file was committed`,
  };
  return placeIssue(source.positionAt(locate(tree.located, path).valueAt), problem, null);
}

/** The issue without anything that may be a secret: known literals, and excerpts of lines that name one. */
export function withoutSecrets(
  issue: PolicyIssue,
  literals: readonly LiteralSecret[],
): PolicyIssue {
  const hide = (text: string): string =>
    literals
      .flatMap((literal) => [literal.text, JSON.stringify(literal.text).slice(1, -1)])
      .reduce((hidden, secret) => hidden.replaceAll(secret, () => '[secret]'), text);
  const excerpt = SECRET_LINE.test(issue.excerpt) ? '' : hide(issue.excerpt);
  return { ...issue, message: hide(issue.message), excerpt };
}
