import type { GitAuth, GitLocation } from '../model/git-location.ts';
import { Secret } from '../model/secret.ts';
import { parseTimeout } from './accounts.ts';
import type { GitDocument } from './schema-policies.ts';
import type { SecretReference } from './schema-secret.ts';
import { readSecret, type SecretSources } from './secrets.ts';

/** The repository of policies with its secret read; `toPath` makes a path of the file absolute. Throws SecretMissing. */
export function resolveGit(
  document: GitDocument,
  sources: SecretSources,
  toPath: (path: string) => string,
): GitLocation {
  const { url, ref, path, interval, timeout, tls, cache } = document;
  return {
    url,
    ref,
    path,
    intervalMs: parseTimeout(interval),
    timeoutMs: parseTimeout(timeout),
    auth: resolveAuth(document, sources, toPath),
    caFile: tls === undefined ? null : toPath(tls.caFile),
    cacheFolder: cache === undefined ? null : toPath(cache),
  };
}

function resolveAuth(
  { auth }: GitDocument,
  sources: SecretSources,
  toPath: (path: string) => string,
): GitAuth {
  if (auth === undefined) return { type: 'none' };
  if ('sshKey' in auth) {
    const { sshKey, knownHosts } = auth;
    return {
      type: 'ssh-key',
      keyFile: toPath(sshKey.file),
      knownHostsFile: toPath(knownHosts.file),
    };
  }
  const { username } = auth;
  return { type: 'token', username, ...tokenOf(auth, sources) };
}

type TokenAuth = Extract<NonNullable<GitDocument['auth']>, { token: unknown }>;

/** A file is read anew for each command, so that a token that was renewed needs no restart. */
function tokenOf(
  { token: reference, username }: TokenAuth,
  sources: SecretSources,
): Pick<Extract<GitAuth, { type: 'token' }>, 'token' | 'readToken'> {
  const register = (found: Secret): void =>
    // On the wire the two go together, so that encoding shows neither of them alone.
    sources.onSecret(new Secret(`${username}:${found.reveal()}`));
  const token = readSecret(reference, sources);
  register(token);
  if (typeof reference === 'string') return { token };
  let last = token;
  const readToken = (): Secret => {
    const found = tryRead(reference, sources) ?? last;
    if (found.reveal() === last.reveal()) return last;
    register(found);
    last = found;
    return last;
  };
  return { token, readToken };
}

/** Null: it is being written just now; the one before may still do. */
function tryRead(reference: SecretReference, sources: SecretSources): Secret | null {
  try {
    return readSecret(reference, sources);
  } catch {
    return null;
  }
}
