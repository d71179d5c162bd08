import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { KEYS } from '../support/workspace.ts';

/** User of the image. */
export const UID = 10001;
/** Where the image looks for its configuration. */
const MOUNTED = '/etc/tagwarden';
/** What must stand in no argument and no environment. */
export const SECRETS = {
  accessKey: KEYS.accessKey,
  secretKey: KEYS.secretKey,
  publicKey: KEYS.publicKey,
  privateKey: KEYS.privateKey,
  gitToken: 'canary-git-token',
  adminToken: 'canary-admin-token-of-32-letters',
} as const;

export interface Mounts {
  /** Arguments of `podman run` that bring configuration, policies and secrets. */
  readonly args: readonly string[];
  /** On the host. */
  readonly folder: string;
  readonly url: string;
}

export interface MountOptions {
  readonly simulator: Pick<Simulator, 'endpoints'>;
  readonly queueUrl: string;
  /** By file name. */
  readonly policies: Readonly<Record<string, string>>;
  /** More files, below the configuration. */
  readonly files?: Readonly<Record<string, string>>;
  /** Merged over the generated configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly port?: number;
}

/** Writes what an operator mounts, every secret in a file that only the user of the image can read. */
export async function mount(options: MountOptions): Promise<Mounts> {
  const { simulator, queueUrl, policies, files = {}, config = {} } = options;
  const port = options.port ?? (await findPort());
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-mount-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const document = {
    queue: { url: queueUrl },
    accounts: accountsOf(simulator),
    server: { host: '127.0.0.1', port, adminToken: secret('adminToken') },
    ...config,
  };
  await write(join(folder, 'tagwarden.yaml'), stringify(document));
  for (const [name, text] of Object.entries({ ...prefixed('policies', policies), ...files })) {
    await write(join(folder, name), text);
  }
  for (const [name, text] of Object.entries(SECRETS)) {
    await write(join(folder, 'secrets', name), `${text}\n`, 0o400);
  }
  await chown(folder, UID, UID);
  return { args: [`--volume=${folder}:${MOUNTED}:ro`], folder, url: `http://127.0.0.1:${port}` };
}

/** The reference to a secret's file, as the configuration writes it. */
export function secret(name: keyof typeof SECRETS): { readonly file: string } {
  return { file: `${MOUNTED}/secrets/${name}` };
}

function accountsOf({ endpoints }: Pick<Simulator, 'endpoints'>): Record<string, unknown> {
  const auth = { accessKey: secret('accessKey'), secretKey: secret('secretKey') };
  const huawei = { region: 'cn-north-4', auth };
  return {
    'ims-north': {
      provider: 'huawei-ims',
      projectId: KEYS.projectId,
      endpoint: endpoints.ims,
      ...huawei,
    },
    'swr-north': { provider: 'huawei-swr', endpoint: endpoints.swr, ...huawei },
    hub: {
      provider: 'ucloud-uhub',
      endpoint: endpoints.uhub,
      auth: { publicKey: secret('publicKey'), privateKey: secret('privateKey') },
    },
  };
}

function prefixed(
  folder: string,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}

async function write(path: string, text: string, mode = 0o444): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, text, { mode });
  await chown(path, UID, UID);
}

/** A port nobody listens on, for a process that is told its port. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
