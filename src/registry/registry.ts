import { createHttpClient, type HttpClientOptions } from '../http/client.ts';
import type { HttpClient } from '../http/request.ts';
import type { RegistryAuth, RequestBudget } from '../model/account.ts';
import type { DigestFactStore } from '../model/digest-fact.ts';
import { createFactMemory } from './fact-memory.ts';
import { createForeign, type Foreign } from './foreign.ts';
import { createRegistryWire } from './wire.ts';

/** What an account says about its registry. */
export interface RegistryAccount {
  readonly name: string;
  readonly endpoint: string;
  readonly auth: RegistryAuth;
  readonly tokenRealm: string | null;
  readonly limits: RequestBudget;
  readonly timeoutMs: number;
  readonly caFile: string | null;
}

/** What was learned about a registry, kept between passes and processes. */
export interface LearnedFacts {
  learned(account: string, fact: string): Promise<string | null>;
  learn(account: string, fact: string, value: string): Promise<void>;
}

/** What an adapter may not read by itself. */
export interface RegistryRuntime
  extends Pick<
    HttpClientOptions,
    'now' | 'random' | 'requestId' | 'onRequest' | 'onEvent' | 'reserve' | 'paces' | 'retries'
  > {
  /** Facts of digests that other processes share; null or absent: this one keeps its own. */
  readonly digestFacts?: DigestFactStore | null | undefined;
  /** Null or absent: each process learns for itself. */
  readonly learnedFacts?: LearnedFacts | null | undefined;
}

/** How this registry differs, as far as requests have shown. */
export interface Quirks {
  /** HEAD of a manifest does not name the digest, or is not answered. */
  isHeadMute: boolean;
}

/** One account at a registry that speaks OCI distribution-spec v1.1. */
export interface Registry {
  readonly http: HttpClient;
  readonly foreign: Foreign;
  readonly account: string;
  /** Base URL without a trailing slash. */
  readonly endpoint: string;
  readonly concurrency: number;
  readonly facts: DigestFactStore;
  readonly learnedFacts: LearnedFacts | null;
  readonly quirks: Quirks;
  readonly now: () => Date;
  readonly random: () => number;
  close(): Promise<void>;
}

/** Connects nothing yet. */
export function createRegistry(account: RegistryAccount, runtime: RegistryRuntime): Registry {
  const { name, endpoint, limits } = account;
  const wire = createRegistryWire({ ...account, ...runtime, account: name });
  const http = createHttpClient({ ...account, ...runtime, account: name, wire });
  const foreign = createForeign({ ...account, ...runtime, account: name });
  return {
    http,
    foreign,
    account: name,
    endpoint,
    concurrency: limits.concurrency,
    facts: createFactMemory(runtime.digestFacts ?? null),
    learnedFacts: runtime.learnedFacts ?? null,
    quirks: { isHeadMute: false },
    now: runtime.now,
    random: runtime.random,
    close: async () => {
      await Promise.all([http.close(), wire.close(), foreign.close()]);
    },
  };
}
