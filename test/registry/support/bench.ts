import { onTestFinished } from 'vitest';
import {
  createRegistry,
  type Registry,
  type RegistryAccount,
  type RegistryRuntime,
} from '../../../src/registry/registry.ts';
import type { SeedInput } from '../../../src/simulator/seed.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import { RUNTIME } from '../../support/provider-bench.ts';

/** A simulated registry and a client of it, both closed with the test. */
export interface RegistryBench {
  readonly simulator: Simulator;
  readonly registry: Registry;
  readonly signal: AbortSignal;
  readonly operations: string[];
}

export const LOGIN = { username: 'robot', password: 'demo-password' } as const;
export const WEB = { account: 'mirror', path: 'shop/web' } as const;

type Seed = Pick<SeedInput, 'oci'> & {
  readonly switches?: NonNullable<SeedInput['switches']>['oci'];
  readonly logins?: NonNullable<SeedInput['credentials']>['oci'];
};

/** Repository `shop/web` with these tags by label, at a registry that differs as the switches say. */
export async function registryBench(
  { switches = {}, logins = [LOGIN], ...seed }: Seed,
  changes: Partial<RegistryAccount> = {},
  runtime: Partial<RegistryRuntime> = {},
): Promise<RegistryBench> {
  const simulator = await startSimulator({
    seed: { ...seed, credentials: { oci: logins }, switches: { oci: switches } },
  });
  onTestFinished(async () => await simulator.close());
  const { registry, operations } = registryAt(simulator.endpoints.oci, changes, runtime);
  return { simulator, registry, operations, signal: new AbortController().signal };
}

/** A client of the registry at an address, closed with the test. */
export function registryAt(
  endpoint: string,
  changes: Partial<RegistryAccount> = {},
  runtime: Partial<RegistryRuntime> = {},
) {
  const operations: string[] = [];
  const registry = createRegistry(
    {
      name: 'mirror',
      endpoint,
      auth: { type: 'anonymous' },
      tokenRealm: null,
      limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
      timeoutMs: 5_000,
      caFile: null,
      ...changes,
    },
    {
      ...RUNTIME,
      random: Math.random,
      onRequest: ({ operation, status }) => operations.push(`${operation} ${status}`),
      ...runtime,
    },
  );
  onTestFinished(async () => await registry.close());
  return { registry, operations };
}

/** `count` tags, each of an image of its own. */
export function manyTags(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`v${index}`, `build-${index}`]),
  );
}
