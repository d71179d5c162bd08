import type { HuaweiImsAccount } from '../../../../src/model/account.ts';
import type { Operation } from '../../../../src/model/plan.ts';
import { Secret } from '../../../../src/model/secret.ts';
import type { Target } from '../../../../src/model/target.ts';
import { createHuaweiImsProvider } from '../../../../src/providers/huawei-ims/index.ts';
import type { Provider } from '../../../../src/providers/provider.ts';
import { type Simulator, startSimulator } from '../../../../src/simulator/simulator.ts';

export const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';
export const IMAGE = '67e17426-359e-49fb-aa12-0bd1756ec240';
export const TARGET: Target = { account: 'north', path: IMAGE };

/** A simulated IMS with one image, and an adapter that talks to it. */
export interface Cloud {
  readonly simulator: Simulator;
  readonly provider: Provider;
  readonly account: HuaweiImsAccount;
  close(): Promise<void>;
}

export async function startCloud(
  tags: Readonly<Record<string, string>> = { key0: 'value0', key1: 'value0' },
): Promise<Cloud> {
  const simulator = await startSimulator({
    seed: {
      credentials: { huawei: [{ accessKey: 'AK', secretKey: 'SK', projectId: PROJECT }] },
      images: [{ id: IMAGE, name: 'golden-debian', tags }],
    },
  });
  const account = imsAccount(simulator.endpoints.ims);
  const provider = connect(account);
  return {
    simulator,
    provider,
    account,
    close: async () => {
      await provider.close();
      await simulator.close();
    },
  };
}

export function imsAccount(endpoint: string, secretKey = 'SK'): HuaweiImsAccount {
  return {
    name: 'north',
    provider: 'huawei-ims',
    endpoint,
    region: 'cn-north-4',
    projectId: PROJECT,
    auth: {
      type: 'access-key',
      accessKey: new Secret('AK'),
      secretKey: new Secret(secretKey),
      securityToken: null,
    },
    limits: { requestsPerSecond: 10_000, burst: 1_000, concurrency: 20 },
    timeoutMs: 300,
    protect: [],
    caFile: null,
  };
}

/** Real waits, only shorter. */
export function connect(account: HuaweiImsAccount): Provider {
  return createHuaweiImsProvider(account, {
    now: () => new Date(),
    random: () => 0.5,
    retries: { minDelayMs: 2, maxDelayMs: 4 },
  });
}

const REASON = {
  policy: 'golden-images',
  rule: 'tags.ensure.owner',
  mode: 'sync',
  because: 'the test wants it',
} as const;

export function add(tag: string, value: string): Operation {
  return { ...REASON, type: 'add', tag, value, replaces: null };
}

export function remove(tag: string): Operation {
  return { ...REASON, type: 'delete', tag, replaces: null, makesRoomFor: null };
}

export function copy(from: string, tag: string): Operation {
  return { ...REASON, type: 'copy', from, tag, value: 'sha256:0', replaces: null };
}
