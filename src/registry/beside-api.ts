import type { AccountEvent } from '../http/events.ts';
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
 * Opens the registry of an account that is reached by an API too. Each has a circuit and a pace of its own; the account's
 * circuit is open while either is, and its pace is that of the slower one.
 */
export function openBesideApi(
  { name, limits, timeoutMs, caFile }: ApiAccount,
  place: AccountRegistry,
  runtime: RegistryRuntime,
): BesideApi {
  const open = new Set<string>();
  const paces = new Map<string, Extract<AccountEvent, { type: 'pace' }>>();
  const joined = (side: string, event: AccountEvent): AccountEvent => {
    switch (event.type) {
      case 'circuit':
        if (event.open) open.add(side);
        else open.delete(side);
        return { type: 'circuit', open: open.size > 0 };
      case 'pace': {
        const all = [...paces.set(side, event).values()];
        return {
          type: 'pace',
          requestsPerSecond: Math.min(...all.map((pace) => pace.requestsPerSecond)),
          concurrency: Math.min(...all.map((pace) => pace.concurrency)),
        };
      }
      default:
        return event;
    }
  };
  const listenAs =
    (side: string): RegistryRuntime['onEvent'] =>
    (event) =>
      runtime.onEvent?.(joined(side, event));
  const account = { name, limits, timeoutMs, caFile, ...place };
  return {
    registry: createRegistry(account, { ...runtime, onEvent: listenAs('registry') }),
    onEvent: listenAs('api'),
  };
}
