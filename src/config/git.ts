import type { GitAuth, GitLocation } from '../model/git-location.ts';
import { Secret } from '../model/secret.ts';
import { parseTimeout } from './accounts.ts';
import type { GitDocument } from './schema-policies.ts';
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
  const token = readSecret(auth.token, sources);
  // On the wire the two go together, so that encoding shows neither of them alone.
  sources.onSecret(new Secret(`${username}:${token.reveal()}`));
  return { type: 'token', username, token };
}
