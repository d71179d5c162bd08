import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** Keys the simulator's fleets use; nothing secret. */
export const KEYS = {
  accessKey: 'AKIDEXAMPLE0000000A',
  secretKey: 'SKEXAMPLEKEY00000000000000000000000000ab',
  projectId: 'fd73a4a14a4a4dfb9771a8475e5198ea',
  publicKey: 'ucloudsomeone@example.com1296235120854146120',
  privateKey: '46f09bb9fab4f12dfc160dae12273d5332b5debe',
} as const;

/** Environment with the keys under the names the configuration refers to. */
export const KEY_ENV = {
  HW_AK: KEYS.accessKey,
  HW_SK: KEYS.secretKey,
  UC_PUB: KEYS.publicKey,
  UC_PRI: KEYS.privateKey,
} as const;

const NOBODY = 'http://127.0.0.1:9';

/** Endpoints where nobody listens, for what must not ask a cloud. */
export const NOWHERE: Simulator['endpoints'] = {
  iam: NOBODY,
  ims: NOBODY,
  swr: NOBODY,
  uhub: NOBODY,
  oci: NOBODY,
  swrRegistry: NOBODY,
  uhubRegistry: NOBODY,
  control: NOBODY,
};

/** A folder with tagwarden.yaml and policies, removed at the end. */
export interface Workspace {
  readonly folder: string;
  readonly configFile: string;
  writePolicies(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

export interface WorkspaceOptions {
  readonly simulator: Pick<Simulator, 'endpoints'>;
  readonly queueUrl: string;
  /** By file name. */
  readonly policies: Readonly<Record<string, string>>;
  /** Merged over the generated configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Merged into every account. */
  readonly account?: Readonly<Record<string, unknown>>;
}

/** Writes a configuration for the simulator's three accounts (`ims-north`, `swr-north`, `hub`) and the policies. */
export async function createWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { simulator, queueUrl, account = {}, config = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-test-'));
  const configFile = join(folder, 'tagwarden.yaml');
  const auth = { accessKey: '${HW_AK}', secretKey: '${HW_SK}' };
  const huawei = { region: 'cn-north-4', auth, ...account };
  const accounts = {
    'ims-north': {
      provider: 'huawei-ims',
      projectId: KEYS.projectId,
      endpoint: simulator.endpoints.ims,
      ...huawei,
    },
    'swr-north': { provider: 'huawei-swr', endpoint: simulator.endpoints.swr, ...huawei },
    hub: {
      provider: 'ucloud-uhub',
      endpoint: simulator.endpoints.uhub,
      auth: { publicKey: '${UC_PUB}', privateKey: '${UC_PRI}' },
      ...account,
    },
  };
  const document = { queue: { url: queueUrl }, accounts, server: { port: 0 }, ...config };
  await writeFile(configFile, stringify(document));
  const writePolicies: Workspace['writePolicies'] = async (files) => {
    await mkdir(join(folder, 'policies'), { recursive: true });
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, 'policies', name), text);
  };
  await writePolicies(options.policies);
  return {
    folder,
    configFile,
    writePolicies,
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}
