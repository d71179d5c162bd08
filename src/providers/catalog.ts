import type { HttpClientOptions } from '../http/client.ts';
import type { Account } from '../model/account.ts';
import type { RegistryRuntime } from '../registry/registry.ts';
import { withGate } from './gate.ts';
import { createHuaweiImsProvider } from './huawei-ims/index.ts';
import { createHuaweiSwrProvider } from './huawei-swr/index.ts';
import { createOciProvider } from './oci/index.ts';
import type { Provider } from './provider.ts';
import { createUcloudUhubProvider } from './ucloud-uhub/index.ts';

/** What no adapter may read by itself: clock, randomness, a budget shared with others, and where requests are counted. */
export type ProviderRuntime = Pick<
  HttpClientOptions,
  'now' | 'random' | 'requestId' | 'onRequest' | 'onEvent' | 'reserve' | 'paces' | 'retries'
> &
  Pick<RegistryRuntime, 'digestFacts' | 'learnedFacts'>;

/** The adapter of an account, behind a gate that holds the account's own protected names. */
export function createProvider(account: Account, runtime: ProviderRuntime): Provider {
  return withGate(createAdapter(account, runtime), { protect: account.protect });
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
