import type { Account } from './model/account.ts';
import type { Capabilities } from './model/capabilities.ts';
import { capabilitiesOf, createProvider } from './providers/catalog.ts';
import { createDeleteBudget, withDeleteBudget } from './providers/delete-budget.ts';
import type { Provider } from './providers/provider.ts';
import type { RequestEvent } from './telemetry/metrics.ts';

/** The adapters of all configured accounts, by account name. */
export interface Clouds {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly now: () => Date;
  /** Name patterns that the account's configuration protects. */
  protect(account: string): readonly string[];
  /** Told of every request to any cloud. */
  onRequest(listener: (event: RequestEvent) => void): void;
  close(): Promise<void>;
}

/** What policies may ask of each account; needs no secrets. */
export function capabilitiesByAccount(
  accounts: readonly Pick<Account, 'name' | 'provider'>[],
): ReadonlyMap<string, Capabilities> {
  return new Map(accounts.map((account) => [account.name, capabilitiesOf(account)]));
}

/** Creates one adapter per account; contacts nothing yet. */
export function createClouds(
  accounts: readonly Account[],
  { maxDeletesPerHour }: { readonly maxDeletesPerHour: number },
): Clouds {
  const now = (): Date => new Date();
  const listeners = new Set<(event: RequestEvent) => void>();
  const budget = createDeleteBudget(maxDeletesPerHour, now);
  const providers = new Map(
    accounts.map((account) => {
      const provider = createProvider(account, {
        now,
        random: Math.random,
        onRequest: ({ method, status, durationMs }) => {
          for (const listener of listeners)
            listener({ account: account.name, method, status, durationMs });
        },
      });
      return [account.name, withDeleteBudget(provider, budget, maxDeletesPerHour)];
    }),
  );
  const protect = new Map(accounts.map((account) => [account.name, account.protect]));
  return {
    providers,
    now,
    protect: (account) => protect.get(account) ?? [],
    onRequest: (listener) => void listeners.add(listener),
    close: async () => {
      await Promise.all([...providers.values()].map(async (provider) => await provider.close()));
    },
  };
}
