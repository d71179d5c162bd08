import { onTestFinished } from 'vitest';
import type { Target } from '../../src/model/target.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { hasDockerRegistry } from '../support/docker-registry.ts';
import { registryAccount } from './registry-account.ts';
import { CLOUD_KINDS } from './registry-clouds.ts';
import { type RegistryFront, startFront } from './registry-front.ts';
import { type Held, KINDS, type RegistryKind, type Upstream } from './registry-kinds.ts';

/** A registry of its own process, on a machine that may be busy. */
export const SLOW_MS = 60_000;

/** The kinds of registry there are on this machine. */
export function kindsHere(): readonly RegistryKind[] {
  const hasDocker = hasDockerRegistry();
  return KINDS.filter(({ isReal }) => !isReal || hasDocker);
}

/** Those, and the clouds that have an API in front of theirs. */
export function kindsAndClouds(): readonly RegistryKind[] {
  return [...kindsHere(), ...CLOUD_KINDS];
}

/** One registry for all tests of a kind, behind a network that can fail. */
export interface RegistryBench extends AsyncDisposable {
  readonly front: RegistryFront;
  readonly upstream: Upstream;
  /** An adapter that knows nothing of the registry yet, closed with the test. */
  readonly connect: (timeoutMs?: number) => Provider;
  /** A repository of its own with tags of these labels, built 60 days ago. */
  readonly start: (labels: Held) => Promise<Target>;
  readonly held: (target: Target) => Promise<Held>;
  /** Requests that wrote or deleted a manifest. */
  readonly writes: () => readonly string[];
}

export async function openRegistry(kind: RegistryKind): Promise<RegistryBench> {
  const upstream = await kind.open();
  const front = await startFront(upstream.url);
  let repositories = 0;
  return {
    front,
    upstream,
    connect(timeoutMs = 30_000) {
      const { auth, url } = upstream;
      const tokenRealm = new URL(url).origin;
      const account = (upstream.account ?? registryAccount)(front.url, {
        auth,
        tokenRealm,
        timeoutMs,
      });
      const provider = createProvider(account, {
        now: () => new Date(),
        random: Math.random,
        retries: { attempts: 4, minDelayMs: 1, maxDelayMs: 4 },
      });
      onTestFinished(async () => await provider.close());
      return provider;
    },
    async start(labels) {
      const path = `shop/app-${(repositories += 1)}`;
      for (const [name, label] of Object.entries(labels)) {
        await upstream.bind(path, name, { label, ageDays: 60 });
      }
      return { account: 'mirror', path };
    },
    held: async ({ path }) => await upstream.held(path),
    writes: () =>
      front.requests.filter((request) => /^(?:PUT|DELETE) .*\/manifests\//.test(request)),
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
