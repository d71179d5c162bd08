import type { ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import { huaweiImsCapabilities } from './huawei-ims/capabilities.ts';
import { huaweiSwrCapabilities, swrRegistryCapabilities } from './huawei-swr/names.ts';
import { ociCapabilities } from './oci/names.ts';
import { ucloudUhubCapabilities, uhubRegistryCapabilities } from './ucloud-uhub/names.ts';

/** What tells the capabilities of an account. */
export interface AccountKind {
  readonly provider: ProviderName;
  /** Whatever stands there, it is a registry; null or absent: the account has none beside its API. */
  readonly registry?: object | null | undefined;
}

/** What the provider of an account can do; known without a connection, without secrets, and without loading its adapter. */
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

/** What policies may ask of each account; needs no secrets. */
export function capabilitiesByAccount(
  accounts: readonly (AccountKind & { readonly name: string })[],
): ReadonlyMap<string, Capabilities> {
  return new Map(accounts.map((account) => [account.name, capabilitiesOf(account)]));
}
