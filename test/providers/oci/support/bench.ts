import { onTestFinished } from 'vitest';
import type { OciAccount } from '../../../../src/model/account.ts';
import type { Operation } from '../../../../src/model/plan.ts';
import { createOciProvider } from '../../../../src/providers/oci/index.ts';
import type { PerformResult, Provider } from '../../../../src/providers/provider.ts';
import type { LearnedFacts, RegistryRuntime } from '../../../../src/registry/registry.ts';
import { RUNTIME } from '../../../support/provider-bench.ts';
import { freely } from '../../../support/write-check.ts';

/** An adapter at a registry, closed with the test. */
export interface OciBench {
  readonly provider: Provider;
  readonly signal: AbortSignal;
  /** `GET 200` and the like, in order. */
  readonly requests: string[];
  /** `HeadManifest` and the like, in order. */
  readonly operations: string[];
  readonly perform: (path: string, operation: Operation) => Promise<PerformResult>;
}

/** Account `mirror`; anonymous unless it is changed. */
export function ociBench(
  endpoint: string,
  changes: Partial<OciAccount> = {},
  runtime: Partial<RegistryRuntime> = {},
): OciBench {
  const requests: string[] = [];
  const operations: string[] = [];
  const account = {
    name: 'mirror',
    provider: 'oci',
    endpoint,
    limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
    timeoutMs: 5_000,
    protect: [],
    caFile: null,
    auth: { type: 'anonymous' },
    tokenRealm: null,
    ...changes,
  } as const satisfies OciAccount;
  const provider = createOciProvider(account, {
    ...RUNTIME,
    // Two scratch manifests must not be the same.
    random: Math.random,
    onRequest: ({ operation, method, status }) => {
      requests.push(`${method} ${status}`);
      operations.push(operation);
    },
    ...runtime,
  });
  onTestFinished(async () => await provider.close());
  const { signal } = new AbortController();
  const perform = (path: string, operation: Operation) =>
    provider.perform({ account: 'mirror', path }, operation, freely, signal);
  return { provider, signal, requests, operations, perform };
}

/** What a store would keep of what was learned. */
export function learnedInMemory(): LearnedFacts & { readonly facts: Map<string, string> } {
  const facts = new Map<string, string>();
  return {
    facts,
    learned: (account, fact) => Promise.resolve(facts.get(`${account} ${fact}`) ?? null),
    async learn(account, fact, value) {
      facts.set(`${account} ${fact}`, value);
    },
  };
}

/** A repository of account `mirror`. */
export function at(path: string) {
  return { account: 'mirror', path } as const;
}
