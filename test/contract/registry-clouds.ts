import { createHmac } from 'node:crypto';
import type { Account, OciAccount } from '../../src/model/account.ts';
import { Secret } from '../../src/model/secret.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { registryAccount } from './registry-account.ts';
import {
  builtAt,
  type Held,
  type Image,
  type RegistryKind,
  type Upstream,
} from './registry-kinds.ts';

const HUAWEI = { accessKey: 'AK', secretKey: 'SK', projectId: 'p1', region: 'cn-north-4' } as const;
const UCLOUD = { publicKey: 'PUB', privateKey: 'PRI', projectId: 'org-1' } as const;
const UHUB_LOGIN = { username: 'me@example.com', password: 'pw', projectId: UCLOUD.projectId };

/** What is different about a cloud whose registry stands beside an API. */
interface CloudRegistry {
  readonly registry: (simulator: Simulator) => string;
  readonly login: { readonly username: string; readonly password: string };
  readonly account: (simulator: Simulator, base: OciAccount) => Account;
  readonly bind: (simulator: Simulator, path: string, tag: string, image: Image) => string;
  readonly held: (simulator: Simulator, path: string) => Held;
}

const SWR: CloudRegistry = {
  registry: ({ endpoints }) => endpoints.swrRegistry,
  login: {
    username: `${HUAWEI.region}@${HUAWEI.accessKey}`,
    password: createHmac('sha256', HUAWEI.secretKey).update(HUAWEI.accessKey).digest('hex'),
  },
  account: ({ endpoints }, { endpoint, auth, tokenRealm, ...base }) => ({
    ...base,
    provider: 'huawei-swr',
    endpoint: endpoints.swr,
    region: HUAWEI.region,
    projectId: HUAWEI.projectId,
    auth: {
      type: 'access-key',
      accessKey: new Secret(HUAWEI.accessKey),
      secretKey: new Secret(HUAWEI.secretKey),
      securityToken: null,
    },
    registry: { endpoint, auth, tokenRealm },
  }),
  bind({ world }, path, tag, { label, ageDays }) {
    if (!world.repositories.has(path)) world.addRepository({ name: path });
    const image = { created: builtAt(ageDays) };
    return world.setRepositoryTag(path, tag, { digest: label, image }).digest;
  },
  held: ({ world }, path) => world.repositoryTags(path),
};

const UHUB: CloudRegistry = {
  registry: ({ endpoints }) => endpoints.uhubRegistry,
  login: UHUB_LOGIN,
  account: ({ endpoints }, { endpoint, auth, tokenRealm, ...base }) => ({
    ...base,
    provider: 'ucloud-uhub',
    endpoint: endpoints.uhub,
    projectId: UCLOUD.projectId,
    auth: {
      publicKey: new Secret(UCLOUD.publicKey),
      privateKey: new Secret(UCLOUD.privateKey),
      securityToken: null,
    },
    registry: { endpoint, auth, tokenRealm },
  }),
  bind({ world }, path, tag, { label, ageDays }) {
    const [repo = '', name = ''] = path.split('/');
    if (world.uhubRepos.get(repo)?.images.has(name) !== true)
      world.addUhubImage({ repo, image: name });
    return world.setUhubTag(path, tag, { digest: label, image: { created: builtAt(ageDays) } })
      .digest;
  },
  held: ({ world }, path) => world.uhubTags(path),
};

/** The two clouds with an API in front of their registry: what the API lacks, copies above all, takes the registry. */
export const CLOUD_KINDS: readonly RegistryKind[] = [
  kind('huawei-swr with its registry', SWR),
  kind('ucloud-uhub with its registry', UHUB),
];

function kind(what: string, cloud: CloudRegistry): RegistryKind {
  return { what, open: () => open(cloud), isReal: false, hasTokens: true, many: 25 };
}

async function open(cloud: CloudRegistry): Promise<Upstream> {
  const simulator = await startSimulator({
    seed: { credentials: { huawei: [HUAWEI], ucloud: [UCLOUD], uhubRegistry: [UHUB_LOGIN] } },
  });
  const { username, password } = cloud.login;
  return {
    url: cloud.registry(simulator),
    auth: { type: 'password', username, password: new Secret(password) },
    account: (url, changes) => cloud.account(simulator, registryAccount(url, changes)),
    bind: async (path, tag, image) => cloud.bind(simulator, path, tag, image),
    held: async (path) => cloud.held(simulator, path),
    [Symbol.asyncDispose]: simulator.close,
  };
}
