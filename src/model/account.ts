import type { Secret } from './secret.ts';

export const PROVIDER_NAMES = ['huawei-ims', 'huawei-swr', 'ucloud-uhub', 'oci'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

export type HuaweiAuth =
  | {
      readonly type: 'access-key';
      readonly accessKey: Secret;
      readonly secretKey: Secret;
      readonly securityToken: Secret | null;
    }
  | {
      readonly type: 'password';
      readonly username: string;
      readonly password: Secret;
      readonly domain: string;
      /** Base URL of IAM; null: derived from the region. */
      readonly iamEndpoint: string | null;
    }
  | { readonly type: 'token'; readonly token: Secret };

/** Request budget of one account, shared by everything that uses its credentials. */
export interface RequestBudget {
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly concurrency: number;
}

interface AccountBase {
  readonly name: string;
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly limits: RequestBudget;
  readonly timeoutMs: number;
  /** Name patterns nothing may touch, set outside the policy repository. */
  readonly protect: readonly string[];
  /** PEM file of an extra certificate authority. */
  readonly caFile: string | null;
}

export interface HuaweiImsAccount extends AccountBase {
  readonly provider: 'huawei-ims';
  readonly region: string;
  readonly projectId: string;
  readonly auth: HuaweiAuth;
}

export interface HuaweiSwrAccount extends AccountBase {
  readonly provider: 'huawei-swr';
  readonly region: string;
  readonly projectId: string | null;
  readonly auth: HuaweiAuth;
  /** Null or absent: the management API alone is used. */
  readonly registry?: AccountRegistry | null;
}

export interface UcloudUhubAccount extends AccountBase {
  readonly provider: 'ucloud-uhub';
  readonly projectId: string | null;
  readonly auth: {
    readonly publicKey: Secret;
    readonly privateKey: Secret;
    readonly securityToken: Secret | null;
  };
  /** Null or absent: the API alone is used, which lists and deletes. */
  readonly registry?: AccountRegistry | null;
}

/** The registry behind the API of an account, with a login of its own. */
export interface AccountRegistry {
  /** Base URL without a trailing slash and without /v2/. */
  readonly endpoint: string;
  readonly auth: RegistryAuth;
  /** Origin that may be sent the credential for a token, besides the registry's own host; null: none. */
  readonly tokenRealm: string | null;
}

/** How an account signs in to a registry. */
export type RegistryAuth =
  | { readonly type: 'anonymous' }
  | { readonly type: 'password'; readonly username: string; readonly password: Secret }
  /** `docker-credential-<helper>` is asked for the credential of this server. */
  | { readonly type: 'helper'; readonly helper: string; readonly server: string };

export interface OciAccount extends AccountBase {
  readonly provider: 'oci';
  readonly auth: RegistryAuth;
  /** Origin that may be sent the credential for a token, besides the registry's own host; null: none. */
  readonly tokenRealm: string | null;
}

/** Named credentials, region and request budget for one provider. Policies name accounts, never secrets. */
export type Account = HuaweiImsAccount | HuaweiSwrAccount | UcloudUhubAccount | OciAccount;
