import { createHmac } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { HuaweiSwrAccount, UcloudUhubAccount } from '../../src/model/account.ts';
import type { Operation, Promote } from '../../src/model/plan.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ProviderRuntime } from '../../src/providers/catalog.ts';
import { createHuaweiSwrProvider } from '../../src/providers/huawei-swr/index.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createUcloudUhubProvider } from '../../src/providers/ucloud-uhub/index.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

/** A simulator and one adapter that talks to it; both are closed with the test. */
export interface Bench {
  readonly simulator: Simulator;
  readonly provider: Provider;
  readonly signal: AbortSignal;
}

const SHARED = {
  limits: { requestsPerSecond: 10_000, burst: 10_000, concurrency: 8 },
  timeoutMs: 1_000,
  protect: [],
  caFile: null,
} as const;

/** Real retries, but in milliseconds. */
export const RUNTIME: ProviderRuntime = {
  now: () => new Date(),
  random: () => 0.5,
  retries: { attempts: 4, minDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 100 },
};

const HUAWEI = {
  accessKey: 'AKIDEXAMPLE0000000A',
  secretKey: 'SKEXAMPLEKEY00000000000000000000000000ab',
  projectId: 'fd73a4a14a4a4dfb9771a8475e5198ea',
  domain: 'example',
  username: 'robot',
  password: 'demo-password',
};
const UCLOUD = {
  publicKey: 'ucloudsomeone@example.com1296235120854146120',
  privateKey: '46f09bb9fab4f12dfc160dae12273d5332b5debe',
  projectId: 'org-abc123',
};

const UHUB_LOGIN = {
  username: 'someone@example.com',
  password: 'demo-registry',
  projectId: UCLOUD.projectId,
};

/** A region that was seen to spare the other names of a content. */
const PROVED: Partial<ProviderRuntime> = {
  learnedFacts: { learned: async () => 'by-tag', learn: async () => undefined },
};

/** Account `swr` on a simulator that knows its key, in a region where deletes are known to be by tag. */
export async function swrBench(
  seed: Pick<SeedInput, 'repositories' | 'switches'>,
  changes: Partial<HuaweiSwrAccount> | ((simulator: Simulator) => Partial<HuaweiSwrAccount>) = {},
  runtime: Partial<ProviderRuntime> = PROVED,
): Promise<Bench> {
  const simulator = await startSimulator({
    seed: { credentials: { huawei: [HUAWEI] }, ...seed },
  });
  const account = {
    ...SHARED,
    name: 'swr',
    provider: 'huawei-swr',
    endpoint: simulator.endpoints.swr,
    region: 'cn-north-4',
    projectId: HUAWEI.projectId,
    auth: {
      type: 'access-key',
      accessKey: new Secret(HUAWEI.accessKey),
      secretKey: new Secret(HUAWEI.secretKey),
      securityToken: null,
    },
    ...(typeof changes === 'function' ? changes(simulator) : changes),
  } as const satisfies HuaweiSwrAccount;
  return finish(simulator, createHuaweiSwrProvider(account, { ...RUNTIME, ...runtime }));
}

/** Account `hub` on a simulator that knows its key. */
export async function uhubBench(
  seed: Pick<SeedInput, 'uhub' | 'switches'>,
  changes: Partial<UcloudUhubAccount> | ((simulator: Simulator) => Partial<UcloudUhubAccount>) = {},
  runtime: Partial<ProviderRuntime> = {},
): Promise<Bench> {
  const simulator = await startSimulator({
    seed: { credentials: { ucloud: [UCLOUD], uhubRegistry: [UHUB_LOGIN] }, ...seed },
  });
  const account = {
    ...SHARED,
    name: 'hub',
    provider: 'ucloud-uhub',
    endpoint: simulator.endpoints.uhub,
    projectId: UCLOUD.projectId,
    auth: {
      publicKey: new Secret(UCLOUD.publicKey),
      privateKey: new Secret(UCLOUD.privateKey),
      securityToken: null,
    },
    ...(typeof changes === 'function' ? changes(simulator) : changes),
  } as const satisfies UcloudUhubAccount;
  return finish(simulator, createUcloudUhubProvider(account, { ...RUNTIME, ...runtime }));
}

/** For `swrBench`: signs in by IAM token instead of by key. */
export function passwordLogin({ endpoints }: Simulator): Pick<HuaweiSwrAccount, 'auth'> {
  const { username, password, domain } = HUAWEI;
  const secret = new Secret(password);
  return {
    auth: { type: 'password', username, password: secret, domain, iamEndpoint: endpoints.iam },
  };
}

/** For `swrBench`: the registry, with the login that is made from the access key. */
export function swrRegistry({ endpoints }: Simulator): Pick<HuaweiSwrAccount, 'registry'> {
  const { accessKey, secretKey } = HUAWEI;
  const password = createHmac('sha256', secretKey).update(accessKey).digest('hex');
  return besideApi(endpoints.swrRegistry, `cn-north-4@${accessKey}`, password);
}

/** For `uhubBench`: the registry with its login. */
export function uhubRegistry({ endpoints }: Simulator): Pick<UcloudUhubAccount, 'registry'> {
  return besideApi(endpoints.uhubRegistry, UHUB_LOGIN.username, UHUB_LOGIN.password);
}

function besideApi(endpoint: string, username: string, password: string) {
  const auth = { type: 'password', username, password: new Secret(password) } as const;
  return { registry: { endpoint, auth, tokenRealm: null } };
}

/** A copy the plan would hold. */
export function aCopy(
  changes: Partial<Extract<Operation, { type: 'copy' }>> = {},
): Extract<Operation, { type: 'copy' }> {
  return { ...REASON, type: 'copy', tag: 'v2', from: 'v1', value: '', replaces: null, ...changes };
}

/** A delete the plan would hold. */
export function aDelete(
  changes: Partial<Extract<Operation, { type: 'delete' }>> = {},
): Extract<Operation, { type: 'delete' }> {
  return { ...REASON, type: 'delete', tag: 'v1', replaces: null, makesRoomFor: null, ...changes };
}

/** An add the plan would hold. */
export function anAdd(
  changes: Partial<Extract<Operation, { type: 'add' }>> = {},
): Extract<Operation, { type: 'add' }> {
  return { ...REASON, type: 'add', tag: 'v1', value: 'x', replaces: null, ...changes };
}

/** A promotion the plan would hold. */
export function aPromote(changes: Pick<Promote, 'tag' | 'source' | 'from' | 'value'>): Promote {
  return { ...REASON, type: 'promote', replaces: null, referrers: false, ...changes };
}

const REASON = { policy: 'shop', rule: 'copies[0]', mode: 'sync', because: 'asked for' } as const;

function finish(simulator: Simulator, provider: Provider): Bench {
  onTestFinished(async () => {
    await provider.close();
    await simulator.close();
  });
  return { simulator, provider, signal: new AbortController().signal };
}
