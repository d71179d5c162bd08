import type { HttpClientOptions } from '../http/client.ts';
import type { Account, ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import type { RegistryRuntime } from '../registry/registry.ts';
import { withGate } from './gate.ts';
import { createHuaweiImsProvider, huaweiImsCapabilities } from './huawei-ims/index.ts';
import {
  createHuaweiSwrProvider,
  huaweiSwrCapabilities,
  swrRegistryCapabilities,
} from './huawei-swr/index.ts';
import { createOciProvider, ociCapabilities } from './oci/index.ts';
import type { Provider } from './provider.ts';
import {
  createUcloudUhubProvider,
  ucloudUhubCapabilities,
  uhubRegistryCapabilities,
} from './ucloud-uhub/index.ts';

/** What no adapter may read by itself: clock, randomness, a budget shared with others, and where requests are counted. */
export type ProviderRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'requestId' | 'onRequest' | 'onEvent' | 'reserve' | 'retries'
> &
  Pick<RegistryRuntime, 'digestFacts' | 'learnedFacts'>;

/** The adapter of an account, behind a gate that holds the account's own protected names. */
export function createProvider(account: Account, runtime: ProviderRuntime): Provider {
  return withGate(createAdapter(account, runtime), { protect: account.protect });
}

/** What tells the capabilities of an account. */
export interface AccountKind {
  readonly provider: ProviderName;
  /** Whatever stands there, it is a registry; null or absent: the account has none beside its API. */
  readonly registry?: object | null | undefined;
}

/** What the provider of an account can do; known without a connection and without secrets. */
export function capabilitiesOf({ provider, registry = null }: AccountKind): Capabilities {
  switch (provider) {
    case 'huawei-ims':
      return huaweiImsCapabilities;
    case 'huawei-swr':
      return registry === null ? huaweiSwrCapabilities : swrRegistryCapabilities;
    case 'ucloud-uhub':
      return registry === null ? ucloudUhubCapabilities : uhubRegistryCapabilities;
    case 'oci':
      return ociCapabilities;
  }
}

function createAdapter(account: Account, runtime: ProviderRuntime): Provider {
  switch (account.provider) {
    case 'huawei-ims':
      return createHuaweiImsProvider(account, runtime);
    case 'huawei-swr':
      return createHuaweiSwrProvider(account, runtime);
    case 'ucloud-uhub':
      return createUcloudUhubProvider(account, runtime);
    case 'oci':
      return createOciProvider(account, runtime);
  }
}
