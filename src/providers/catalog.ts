import type { HttpClientOptions } from '../http/client.ts';
import type { Account } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import { withGate } from './gate.ts';
import { createHuaweiImsProvider, huaweiImsCapabilities } from './huawei-ims/index.ts';
import { createHuaweiSwrProvider, huaweiSwrCapabilities } from './huawei-swr/index.ts';
import type { Provider } from './provider.ts';
import { createUcloudUhubProvider, ucloudUhubCapabilities } from './ucloud-uhub/index.ts';

/** What no adapter may read by itself: clock, randomness, a budget shared with others, and where requests are counted. */
export type ProviderRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'requestId' | 'onRequest' | 'onEvent' | 'reserve' | 'retries'
>;

/** The adapter of an account, behind a gate that holds the account's own protected names. */
export function createProvider(account: Account, runtime: ProviderRuntime): Provider {
  return withGate(createAdapter(account, runtime), { protect: account.protect });
}

/** What the provider of an account can do; known without a connection. */
export function capabilitiesOf({ provider }: Pick<Account, 'provider'>): Capabilities {
  switch (provider) {
    case 'huawei-ims':
      return huaweiImsCapabilities;
    case 'huawei-swr':
      return huaweiSwrCapabilities;
    case 'ucloud-uhub':
      return ucloudUhubCapabilities;
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
  }
}
