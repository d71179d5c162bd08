import type { Account } from '../../src/model/account.ts';
import type { Operation } from '../../src/model/plan.ts';
import { Secret } from '../../src/model/secret.ts';
import type { Target } from '../../src/model/target.ts';
import { createProvider } from '../../src/providers/catalog.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';

type CloudName = 'huawei-ims' | 'huawei-swr' | 'ucloud-uhub';

/** One simulated cloud with one target, seen the same way whichever it is. */
export interface Cloud {
  readonly name: CloudName;
  readonly target: Target;
  /** A target of the account that is not there. */
  readonly missing: Target;
  /** Names of the calls in the simulator's log. */
  readonly calls: { readonly list: string; readonly writes: readonly string[] };
  /** What `list` tells as the value of a tag seeded with this text; null: the provider does not tell. */
  readonly valueOf: (text: string) => string | null;
  /** Every write the provider supports, each with the tags it leaves of `SEEDED`. */
  readonly writes: readonly ContractWrite[];
  /** Writes the provider has to refuse. */
  readonly unsupported: readonly Operation[];
  /** Names no request may be sent for. */
  readonly badNames: readonly string[];
  readonly seed: (
    tags: Readonly<Record<string, string>>,
  ) => Pick<SeedInput, 'images' | 'repositories' | 'uhub' | 'switches'>;
  /** The tags the cloud really holds. */
  readonly held: (simulator: Simulator) => Readonly<Record<string, string>>;
}

export interface ContractWrite {
  readonly what: string;
  readonly call: string;
  readonly operation: Operation;
  /** Names bound after it. */
  readonly leaves: readonly string[];
}

/** Tags every contract test starts from; `b` and `c` are siblings on one content. */
export const SEEDED = { a: 'one', b: 'two', c: 'two' } as const;

const REASON = {
  policy: 'contract',
  rule: 'copies[0]',
  mode: 'sync',
  because: 'asked for',
} as const;

/** A delete of a listed value. */
export function toDelete(tag: string, replaces: string | null): Operation {
  return { ...REASON, type: 'delete', tag, replaces, makesRoomFor: null };
}

function toCopy(from: string, tag: string, value: string): Operation {
  return { ...REASON, type: 'copy', from, tag, value, replaces: null };
}

function toAdd(tag: string, value: string): Operation {
  return { ...REASON, type: 'add', tag, value, replaces: null };
}

const IMAGE = '67e17426-359e-49fb-aa12-0bd1756ec240';

const ims: Cloud = {
  name: 'huawei-ims',
  target: { account: 'north', path: IMAGE },
  missing: { account: 'north', path: 'gone' },
  calls: { list: 'ListImageTags', writes: ['AddImageTag', 'DeleteImageTag'] },
  valueOf: (text) => text,
  writes: [
    {
      what: 'an add',
      call: 'AddImageTag',
      operation: toAdd('new', 'one'),
      leaves: ['a', 'b', 'c', 'new'],
    },
    {
      what: 'a delete',
      call: 'DeleteImageTag',
      operation: toDelete('b', 'two'),
      leaves: ['a', 'c'],
    },
  ],
  unsupported: [toCopy('a', 'new', 'one')],
  badNames: [''],
  seed: (tags) => ({ images: [{ id: IMAGE, name: 'golden', tags: { ...tags } }] }),
  held: ({ world }) => world.imageTags(IMAGE),
};

const swr: Cloud = {
  name: 'huawei-swr',
  target: { account: 'north', path: 'shop/team/web' },
  missing: { account: 'north', path: 'shop/gone' },
  calls: { list: 'ListRepoTags', writes: ['CreateRepoTag', 'DeleteRepoTag'] },
  valueOf: digestOf,
  writes: [
    {
      what: 'a copy',
      call: 'CreateRepoTag',
      operation: toCopy('a', 'new', digestOf('one')),
      leaves: ['a', 'b', 'c', 'new'],
    },
    {
      what: 'a delete',
      call: 'DeleteRepoTag',
      operation: toDelete('b', digestOf('two')),
      leaves: ['a', 'c'],
    },
  ],
  unsupported: [toAdd('new', digestOf('one'))],
  badNames: ['', ' ', '.', '..', 'a/b', 'a b', 'é', 'x'.repeat(129)],
  seed: (tags) => ({ repositories: [{ name: 'shop/team/web', tags: { ...tags } }] }),
  held: ({ world }) => world.repositoryTags('shop/team/web'),
};

const uhub: Cloud = {
  name: 'ucloud-uhub',
  target: { account: 'north', path: 'shop/web' },
  missing: { account: 'north', path: 'shop/gone' },
  calls: { list: 'GetImageTag', writes: ['DeleteRepoImage'] },
  valueOf: () => null,
  writes: [
    {
      what: 'a delete',
      call: 'DeleteRepoImage',
      operation: toDelete('b', null),
      leaves: ['a', 'c'],
    },
  ],
  unsupported: [toAdd('new', digestOf('one')), toCopy('a', 'new', digestOf('one'))],
  badNames: [
    '',
    ' ',
    '\t',
    '\u00a0',
    '\u3000',
    '.',
    '..',
    'a/b',
    ' a',
    'a ',
    'é',
    '标签',
    'x'.repeat(129),
  ],
  seed: (tags) => ({ uhub: [{ repo: 'shop', image: 'web', tags: { ...tags } }] }),
  held: ({ world }) => world.uhubTags('shop/web'),
};

/** The three providers. */
export const CLOUDS = [ims, swr, uhub] as const satisfies readonly Cloud[];

/** A running cloud and the provider that talks to it, as the service builds it. */
export interface Bench {
  readonly simulator: Simulator;
  readonly provider: Provider;
  close(): Promise<void>;
}

const PROJECT = 'fd73a4a14a4a4dfb9771a8475e5198ea';

export async function startBench(
  cloud: Cloud,
  options: {
    readonly tags?: Readonly<Record<string, string>>;
    readonly switches?: SeedInput['switches'];
    readonly timeoutMs?: number;
  } = {},
): Promise<Bench> {
  const { tags = SEEDED, switches, timeoutMs = 300 } = options;
  const simulator = await startSimulator({
    seed: {
      credentials: {
        huawei: [{ accessKey: 'AK', secretKey: 'SK', projectId: PROJECT }],
        ucloud: [{ publicKey: 'PUB', privateKey: 'PRI' }],
      },
      ...cloud.seed(tags),
      ...(switches === undefined ? {} : { switches }),
    },
  });
  const provider = createProvider(accountOf(cloud, simulator, timeoutMs), {
    now: () => new Date(),
    random: () => 0.5,
    retries: { attempts: 3, minDelayMs: 1, maxDelayMs: 4 },
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

function accountOf({ name }: Cloud, { endpoints }: Simulator, timeoutMs: number): Account {
  const shared = {
    name: 'north',
    limits: { requestsPerSecond: 10_000, burst: 1_000, concurrency: 20 },
    timeoutMs,
    protect: [],
    caFile: null,
  } as const;
  const auth = {
    type: 'access-key',
    accessKey: new Secret('AK'),
    secretKey: new Secret('SK'),
    securityToken: null,
  } as const;
  const huawei = { ...shared, region: 'cn-north-4', projectId: PROJECT, auth } as const;
  switch (name) {
    case 'huawei-ims':
      return { ...huawei, provider: name, endpoint: endpoints.ims };
    case 'huawei-swr':
      return { ...huawei, provider: name, endpoint: endpoints.swr };
    case 'ucloud-uhub':
      return {
        ...shared,
        provider: name,
        endpoint: endpoints.uhub,
        projectId: null,
        auth: {
          publicKey: new Secret('PUB'),
          privateKey: new Secret('PRI'),
          securityToken: null,
        },
      };
  }
}
