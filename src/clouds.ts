import type { Account } from './model/account.ts';
import { createProvider } from './providers/catalog.ts';
import {
  createDeleteBudget,
  type DeleteBudget,
  withDeleteBudget,
} from './providers/delete-budget.ts';
import { createFleetDeletes, type FleetDeleteLimits } from './providers/fleet-deletes.ts';
import { withSources } from './providers/promotions.ts';
import type { Provider } from './providers/provider.ts';
import { withRefusalsTold } from './providers/refusals.ts';
import type { Store } from './store/store.ts';
import { correlationId } from './telemetry/context.ts';
import type { CloudEvent, RequestEvent } from './telemetry/metrics.ts';

/** The adapters of all configured accounts, by account name. */
export interface Clouds {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly now: () => Date;
  /** Name patterns that the account's configuration protects. */
  protect(account: string): readonly string[];
  /** Told of every request to any cloud. */
  onRequest(listener: (event: RequestEvent) => void): void;
  /** Told what befalls an account apart from single requests. */
  onEvent(listener: (event: CloudEvent) => void): void;
  close(): Promise<void>;
}

/** What the clouds may be asked and told, by whoever shares their accounts. */
export interface CloudBudgets {
  readonly deletes: DeleteBudget;
  /** Requests shared with other processes; null: this process has the limits to itself. */
  readonly reserve: Store['reserve'] | null;
  /** What processes tell each other about registries and contents; absent: this one finds out by itself. */
  readonly memory?: Pick<Store, 'learned' | 'learn' | 'getFacts' | 'putFacts'>;
}

/** Budgets of a process that runs alone, such as a command. */
export function createOwnBudgets({
  maxDeletesPerHour,
}: Pick<FleetDeleteLimits, 'maxDeletesPerHour'>): CloudBudgets {
  return { deletes: createDeleteBudget(maxDeletesPerHour, () => new Date()), reserve: null };
}

/** Budgets that all processes with the same store keep together. */
export function createFleetBudgets(
  store: Pick<Store, 'takeDeletes' | 'pauses' | 'pause' | 'reserve'> &
    NonNullable<CloudBudgets['memory']>,
  limits: FleetDeleteLimits,
): CloudBudgets {
  return {
    deletes: createFleetDeletes(store, limits, () => new Date()),
    reserve: async (account, request) => await store.reserve(account, request),
    memory: store,
  };
}

/** Creates one adapter per account; contacts nothing yet. */
export function createClouds(accounts: readonly Account[], budgets: CloudBudgets): Clouds {
  const now = (): Date => new Date();
  const onRequest = createListeners<RequestEvent>();
  const onEvent = createListeners<CloudEvent>();
  const { deletes, reserve, memory = null } = budgets;
  const own = new Map(
    accounts.map((account) => {
      const { name } = account;
      const provider = createProvider(account, {
        now,
        random: Math.random,
        requestId: correlationId,
        digestFacts: memory,
        learnedFacts: memory,
        reserve: reserve && (async (count, pace) => await reserve(name, { ...pace, count })),
        paces: reserve && memory && boardsIn(memory, name),
        onRequest: ({ method, status, durationMs }) =>
          onRequest.tell({ account: name, method, status, durationMs }),
        onEvent: (event) => onEvent.tell({ account: name, ...event }),
      });
      const told = withRefusalsTold(provider, (reason) =>
        onEvent.tell({ account: name, type: 'unauthorized', reason }),
      );
      return [name, withDeleteBudget(told, deletes)];
    }),
  );
  const providers = new Map([...own].map(([name, provider]) => [name, withSources(provider, own)]));
  const protect = new Map(accounts.map((account) => [account.name, account.protect]));
  return {
    providers,
    now,
    protect: (account) => protect.get(account) ?? [],
    onRequest: onRequest.add,
    onEvent: onEvent.add,
    close: async () => {
      await Promise.all([...providers.values()].map(async (provider) => await provider.close()));
    },
  };
}

/** Processes that share the requests of an account also share what its cloud lets through. */
function boardsIn(memory: NonNullable<CloudBudgets['memory']>, account: string) {
  return (host: string) => ({
    read: async () => await memory.learned(account, `pace ${host}`),
    write: async (text: string) => await memory.learn(account, `pace ${host}`, text),
  });
}

function createListeners<Event>() {
  const listeners = new Set<(event: Event) => void>();
  return {
    add: (listener: (event: Event) => void) => void listeners.add(listener),
    tell(event: Event) {
      for (const listener of listeners) listener(event);
    },
  };
}
