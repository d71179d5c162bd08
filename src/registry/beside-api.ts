import type { AccountRegistry } from '../model/account.ts';
import {
  createRegistry,
  type Registry,
  type RegistryAccount,
  type RegistryRuntime,
} from './registry.ts';

/** The registry behind an API, and what the API's own client is to be told to. */
export interface BesideApi {
  readonly registry: Registry;
  readonly onEvent: RegistryRuntime['onEvent'];
}

type ApiAccount = Pick<RegistryAccount, 'name' | 'limits' | 'timeoutMs' | 'caFile'>;

/**
 * Opens the registry of an account that is reached by an API too. Each has a circuit of its own; the account's is open while
 * either is.
 */
export function openBesideApi(
  { name, limits, timeoutMs, caFile }: ApiAccount,
  place: AccountRegistry,
  runtime: RegistryRuntime,
): BesideApi {
  const open = new Set<string>();
  const listenAs =
    (side: string): RegistryRuntime['onEvent'] =>
    (event) => {
      if (event.type !== 'circuit') return runtime.onEvent?.(event);
      if (event.open) open.add(side);
      else open.delete(side);
      return runtime.onEvent?.({ type: 'circuit', open: open.size > 0 });
    };
  const account = { name, limits, timeoutMs, caFile, ...place };
  return {
    registry: createRegistry(account, { ...runtime, onEvent: listenAs('registry') }),
    onEvent: listenAs('api'),
  };
}
