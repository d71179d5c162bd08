import type { Account } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { LearnedFacts } from '../../src/registry/registry.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type Cloud, SEEDED } from './clouds.ts';

/** A running cloud and the provider that talks to it, as the service builds it. */
export interface Bench {
  readonly simulator: Simulator;
  readonly provider: Provider;
  close(): Promise<void>;
}

const LOGIN = { username: 'robot', password: 'demo-password' } as const;

/** What the first delete at a registry would find out; registries.test.ts lets each find it out. */
const KNOWN: LearnedFacts = {
  learned: () => Promise.resolve('by-tag'),
  learn: () => Promise.resolve(),
};

const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';

/** Starts one, with the tags of `SEEDED` unless others are named. */
export async function startBench(
  cloud: Cloud,
  options: {
    readonly tags?: Readonly<Record<string, string>>;
    readonly switches?: SeedInput['switches'];
    readonly timeoutMs?: number;
    /** Wait before a call is repeated, at most; default 4. */
    readonly waitMs?: number;
    /** How Huawei accounts sign in; default by key. */
    readonly signIn?: 'key' | 'token';
  } = {},
): Promise<Bench> {
  const { tags = SEEDED, switches, timeoutMs = 10_000, waitMs = 4, signIn = 'key' } = options;
  const simulator = await startSimulator({
    seed: {
      credentials: {
        huawei: [
          { accessKey: 'AK', secretKey: 'SK', projectId: PROJECT, domain: 'acme', ...LOGIN },
        ],
        ucloud: [{ publicKey: 'PUB', privateKey: 'PRI' }],
        oci: [LOGIN],
      },
      ...cloud.seed(tags),
      ...(switches === undefined ? {} : { switches }),
    },
  });
  const provider = createProvider(accountOf(cloud, simulator, { timeoutMs, signIn }), {
    now: () => new Date(),
    random: () => 0.5,
    retries: { attempts: 3, minDelayMs: waitMs / 4, maxDelayMs: waitMs },
    learnedFacts: KNOWN,
  });
  return {
    simulator,
    provider,
    close: async () => {
      await provider.close();
      await simulator.close();
    },
  };
}

const KEY = {
  type: 'access-key',
  accessKey: new Secret('AK'),
  secretKey: new Secret('SK'),
  securityToken: null,
} as const;

const PASSWORD = {
  type: 'password',
  username: LOGIN.username,
  password: new Secret(LOGIN.password),
  domain: 'acme',
} as const;

interface AccountOptions {
  readonly timeoutMs: number;
  readonly signIn: 'key' | 'token';
}

function accountOf(
  { name }: Cloud,
  { endpoints }: Simulator,
  { timeoutMs, signIn }: AccountOptions,
): Account {
  const shared = {
    name: 'north',
    limits: { requestsPerSecond: 10_000, burst: 1_000, concurrency: 20 },
    timeoutMs,
    protect: [],
    caFile: null,
  } as const;
  const auth = signIn === 'key' ? KEY : { ...PASSWORD, iamEndpoint: endpoints.iam };
  const huawei = { ...shared, region: 'cn-north-4', projectId: PROJECT, auth } as const;
  switch (name) {
    case 'huawei-ims':
      return { ...huawei, provider: name, endpoint: endpoints.ims };
    case 'huawei-swr':
      return { ...huawei, provider: name, endpoint: endpoints.swr, registry: null };
    case 'ucloud-uhub':
      return {
        ...shared,
        provider: name,
        endpoint: endpoints.uhub,
        projectId: null,
        registry: null,
        auth: {
          publicKey: new Secret('PUB'),
          privateKey: new Secret('PRI'),
          securityToken: null,
        },
      };
    case 'oci':
      return {
        ...shared,
        provider: name,
        endpoint: endpoints.oci,
        tokenRealm: null,
        auth: {
          type: 'password',
          username: LOGIN.username,
          password: new Secret(LOGIN.password),
        },
      };
  }
}
