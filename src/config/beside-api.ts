import { createHmac } from 'node:crypto';
import type { AccountRegistry, HuaweiAuth, RegistryAuth } from '../model/account.ts';
import { Secret } from '../model/secret.ts';
import { readDockerConfig } from './docker-config.ts';
import type { BesideApiDocument } from './schema-beside-api.ts';
import { readSecret, SecretMissing, type SecretSources } from './secrets.ts';

/** What the configuration leaves open is filled in from the account. */
export interface ApiSide {
  /** Base URL of the public registry. */
  readonly defaultEndpoint: string;
  /** True: the API's own address was changed, so the public registry is not the one behind it. */
  readonly isElsewhere: boolean;
  /** Makes a login where none stands; null: the account's own credential is none for a registry. */
  readonly derive: (() => RegistryAuth) | null;
}

/** The registry beside an API with its login read; null: none is configured. Throws SecretMissing. */
export function resolveBesideApi(
  document: BesideApiDocument | undefined,
  { defaultEndpoint, isElsewhere, derive }: ApiSide,
  sources: SecretSources,
): AccountRegistry | null {
  if (document === undefined) return null;
  if (document.endpoint === undefined && isElsewhere) {
    throw new SecretMissing(
      'registry has no endpoint, which is needed where the account has an endpoint of its own',
    );
  }
  const endpoint = (document.endpoint ?? defaultEndpoint).replace(/\/+$/, '');
  const auth = authOf(document, { endpoint, derive }, sources);
  const { tokenRealm } = document;
  return { endpoint, auth, tokenRealm: tokenRealm ? new URL(tokenRealm).origin : null };
}

function authOf(
  document: BesideApiDocument,
  { endpoint, derive }: Pick<ApiSide, 'derive'> & { readonly endpoint: string },
  sources: SecretSources,
): RegistryAuth {
  if ('username' in document) {
    const { username, password } = document;
    return { type: 'password', username, password: readSecret(password, sources) };
  }
  if ('dockerConfig' in document) {
    return readDockerConfig(document.dockerConfig, endpoint, sources);
  }
  if (derive !== null) return derive();
  throw new SecretMissing(
    'registry has no username and password, which can be left out beside a lasting access key only',
  );
}

/**
 * The long-term login of SWR's registry: the access key with its region, and the HMAC of it by the secret key. Null: a login
 * by password or token has no such key, and one with a security token ends with it.
 */
export function swrLogin(
  region: string,
  auth: HuaweiAuth,
  { onSecret }: Pick<SecretSources, 'onSecret'>,
): (() => RegistryAuth) | null {
  if (auth.type !== 'access-key' || auth.securityToken !== null) return null;
  return () => {
    const accessKey = auth.accessKey.reveal();
    const digest = createHmac('sha256', auth.secretKey.reveal()).update(accessKey).digest('hex');
    const password = new Secret(digest);
    onSecret(password);
    return { type: 'password', username: `${region}@${accessKey}`, password };
  };
}
