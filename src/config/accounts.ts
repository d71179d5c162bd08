import type { Account, HuaweiAuth, RegistryAuth, RequestBudget } from '../model/account.ts';
import { resolveBesideApi, swrLogin } from './beside-api.ts';
import { readDockerConfig } from './docker-config.ts';
import type { AccountConfig, HuaweiAuthConfig } from './schema.ts';
import type { RegistryAuthDocument } from './schema-registry.ts';
import { readSecret, type SecretSources } from './secrets.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Turns one validated `accounts:` entry into an account with its secrets read. Throws SecretMissing. */
export function resolveAccount(
  name: string,
  config: AccountConfig,
  sources: SecretSources,
): Account {
  const base = {
    name,
    limits: config.limits satisfies RequestBudget,
    timeoutMs: parseTimeout(config.timeout),
    protect: config.protect,
    caFile: config.tls?.caFile ?? null,
    endpoint: (config.endpoint ?? defaultEndpoint(config)).replace(/\/+$/, ''),
  };
  switch (config.provider) {
    case 'huawei-ims': {
      const { provider, region, projectId } = config;
      return { ...base, provider, region, projectId, auth: resolveHuawei(config.auth, sources) };
    }
    case 'huawei-swr': {
      const { provider, region, projectId = null } = config;
      const auth = resolveHuawei(config.auth, sources);
      const side = {
        defaultEndpoint: `https://swr.${region}.${domainOf(region)}`,
        isElsewhere: config.endpoint !== undefined,
        derive: swrLogin(region, auth, sources),
      };
      const registry = resolveBesideApi(config.registry, side, sources);
      return { ...base, provider, region, projectId, auth, registry };
    }
    case 'ucloud-uhub': {
      const { provider, projectId = null, auth } = config;
      const securityToken = auth.securityToken ? readSecret(auth.securityToken, sources) : null;
      const publicKey = readSecret(auth.publicKey, sources);
      const privateKey = readSecret(auth.privateKey, sources);
      const side = {
        defaultEndpoint: 'https://uhub.service.ucloud.cn',
        isElsewhere: config.endpoint !== undefined,
        derive: null,
      };
      const registry = resolveBesideApi(config.registry, side, sources);
      const keys = { publicKey, privateKey, securityToken };
      return { ...base, provider, projectId, auth: keys, registry };
    }
    case 'oci': {
      const { provider, tokenRealm } = config;
      const auth = resolveRegistry(config.auth, base.endpoint, sources);
      return {
        ...base,
        provider,
        auth,
        tokenRealm: tokenRealm ? new URL(tokenRealm).origin : null,
      };
    }
  }
}

function resolveHuawei(auth: HuaweiAuthConfig, sources: SecretSources): HuaweiAuth {
  if ('token' in auth) return { type: 'token', token: readSecret(auth.token, sources) };
  if ('accessKey' in auth) {
    return {
      type: 'access-key',
      accessKey: readSecret(auth.accessKey, sources),
      secretKey: readSecret(auth.secretKey, sources),
      securityToken: auth.securityToken ? readSecret(auth.securityToken, sources) : null,
    };
  }
  return {
    type: 'password',
    username: auth.username,
    password: readSecret(auth.password, sources),
    domain: auth.domain,
    iamEndpoint: auth.iamEndpoint?.replace(/\/+$/, '') ?? null,
  };
}

/** The sign-in to a registry that stands in the configuration, or in the Docker config it names. Throws SecretMissing. */
export function resolveRegistry(
  auth: RegistryAuthDocument,
  endpoint: string,
  sources: SecretSources,
): RegistryAuth {
  if ('anonymous' in auth) return { type: 'anonymous' };
  if ('dockerConfig' in auth) return readDockerConfig(auth.dockerConfig, endpoint, sources);
  const { username } = auth;
  return { type: 'password', username, password: readSecret(auth.password, sources) };
}

/** Hosts as the vendors' SDKs build them (huawei-ims.md section 1, huawei-swr.md section 1, ucloud-uhub.md section 1). */
function defaultEndpoint(config: AccountConfig): string {
  switch (config.provider) {
    case 'huawei-ims':
      return `https://ims.${config.region}.myhuaweicloud.com`;
    case 'huawei-swr':
      return `https://swr-api.${config.region}.${domainOf(config.region)}`;
    case 'ucloud-uhub':
      return 'https://api.ucloud.cn';
    case 'oci':
      return config.endpoint;
  }
}

function domainOf(region: string): string {
  return region === 'eu-west-101' ? 'myhuaweicloud.eu' : 'myhuaweicloud.com';
}

/** Milliseconds of a duration such as `500ms`, `30s`, `2m` or `1h`. */
export function parseTimeout(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] ?? '';
  const factor = unit in UNIT_MS ? UNIT_MS[unit as keyof typeof UNIT_MS] : 1;
  return Number(text.slice(0, -unit.length)) * factor;
}
