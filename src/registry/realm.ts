/** Token servers of registries that have them on another host, by the registry's host. */
const KNOWN_REALMS: ReadonlyMap<string, string> = new Map([
  ['registry-1.docker.io', 'https://auth.docker.io'],
  ['registry.gitlab.com', 'https://gitlab.com'],
]);

export interface RealmQuestion {
  /** As the challenge names it. */
  readonly realm: string;
  /** Base URL of the registry. */
  readonly endpoint: string;
  /** Origin the configuration names; null: none. */
  readonly tokenRealm: string | null;
  /** Whether a credential would go along. */
  readonly withCredential: boolean;
}

/** Why a token must not be asked for there; null: it may. A challenge must not send a credential just anywhere. */
export function refuseRealm(question: RealmQuestion): string | null {
  const { realm, endpoint, tokenRealm, withCredential } = question;
  const url = URL.canParse(realm) ? new URL(realm) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'it names a realm that is no URL';
  if (url.username !== '' || url.password !== '') return 'it names a realm with a user name in it';
  const registry = new URL(endpoint);
  // Loopback is where a registry on this machine, or a tunnel to one, has its token server.
  const isPlainAllowed = isLoopback(url.hostname) && isLoopback(registry.hostname);
  if (url.protocol === 'http:' && !isPlainAllowed) {
    return `it names the realm host "${url.host}" without TLS`;
  }
  if (!withCredential || url.hostname === registry.hostname || isPlainAllowed) return null;
  const expected = [tokenRealm, KNOWN_REALMS.get(registry.hostname) ?? null];
  if (expected.includes(url.origin)) return null;
  return `it names the realm host "${url.host}", which is not the registry's own; when that is right, set tokenRealm: ${url.origin} in the account`;
}

/** True for names and addresses of this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}
