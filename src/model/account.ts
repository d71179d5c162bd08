import type { Secret } from './secret.ts';

export const PROVIDER_NAMES = ['huawei-ims', 'huawei-swr', 'ucloud-uhub'] as const;
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
}

export interface UcloudUhubAccount extends AccountBase {
  readonly provider: 'ucloud-uhub';
  readonly projectId: string | null;
  readonly auth: {
    readonly publicKey: Secret;
    readonly privateKey: Secret;
    readonly securityToken: Secret | null;
  };
}

/** Named credentials, region and request budget for one provider. Policies name accounts, never secrets. */
export type Account = HuaweiImsAccount | HuaweiSwrAccount | UcloudUhubAccount;
