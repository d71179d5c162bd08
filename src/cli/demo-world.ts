import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Operation } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { Simulator } from '../simulator/simulator.ts';

/** An operation that was applied, and where. */
export interface Applied {
  readonly target: Target;
  readonly operation: Operation;
}

/** The simulator minds no budget; a real account keeps the default, which would make the demo wait. */
const LIMITS = { requestsPerSecond: 200, burst: 200 };

type HuaweiKey = Simulator['world']['credentials']['huawei'][number];

/** Writes a configuration and its secret files for the simulator's accounts; resolves with the file's path. */
export async function writeDemoConfig(
  folder: string,
  policyFolder: string,
  simulator: Simulator,
): Promise<string> {
  const [huawei] = simulator.world.credentials.huawei;
  const [ucloud] = simulator.world.credentials.ucloud;
  const [robot] = simulator.world.credentials.oci;
  if (huawei === undefined || ucloud === undefined || robot === undefined)
    throw new Error('the demo seed has no credentials');
  const secrets = {
    hw_ak: huawei.accessKey,
    hw_sk: huawei.secretKey,
    hw_pw: huawei.password,
    swr_registry: swrPassword(huawei),
    uc_pub: ucloud.publicKey,
    uc_pri: ucloud.privateKey,
    robot_pw: robot.password,
  };
  await writeSecrets(folder, secrets);
  const secret = (name: keyof typeof secrets): { readonly file: string } => ({
    file: join(folder, 'secrets', name),
  });
  const { endpoints } = simulator;
  const { region, projectId, username, domain } = huawei;
  const file = join(folder, 'tagwarden.yaml');
  const accounts = {
    'ims-north': {
      provider: 'huawei-ims',
      region,
      projectId,
      endpoint: endpoints.ims,
      limits: LIMITS,
      auth: { accessKey: secret('hw_ak'), secretKey: secret('hw_sk') },
    },
    'swr-north': {
      provider: 'huawei-swr',
      region,
      endpoint: endpoints.swr,
      limits: LIMITS,
      auth: { username, password: secret('hw_pw'), domain, iamEndpoint: endpoints.iam },
      registry: { endpoint: endpoints.swrRegistry, ...swrLogin(huawei, secret('swr_registry')) },
    },
    hub: {
      provider: 'ucloud-uhub',
      projectId: ucloud.projectId,
      endpoint: endpoints.uhub,
      limits: LIMITS,
      auth: { publicKey: secret('uc_pub'), privateKey: secret('uc_pri') },
    },
    registry: {
      provider: 'oci',
      endpoint: endpoints.oci,
      limits: LIMITS,
      auth: { username: robot.username, password: secret('robot_pw') },
    },
  };
  await writeFile(file, stringify({ ...demoService(folder, policyFolder), accounts }));
  return file;
}

async function writeSecrets(
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(join(folder, 'secrets'), { recursive: true });
  for (const [name, text] of Object.entries(secrets))
    await writeFile(join(folder, 'secrets', name), text, { mode: 0o600 });
}

function demoService(folder: string, policyFolder: string) {
  return {
    policies: { path: policyFolder },
    queue: { url: `embedded:${join(folder, 'queue')}` },
    server: { host: '127.0.0.1', port: 0 },
    log: { level: 'silent' },
  };
}

/** The long-term login of SWR's registry, as documented. */
function swrLogin({ region, accessKey }: HuaweiKey, password: { readonly file: string }) {
  return { username: `${region}@${accessKey}`, password };
}

function swrPassword({ accessKey, secretKey }: HuaweiKey): string {
  return createHmac('sha256', secretKey).update(accessKey).digest('hex');
}

/** Takes back one applied operation in the simulator, as somebody with console access might; says what was done. */
export function driftBack({ world }: Simulator, { target, operation }: Applied): string {
  const { path } = target;
  const { tag } = operation;
  const isImage = world.images.has(path);
  const isRepository = world.repositories.has(path);
  const isRegistry = world.ociRepositories.has(path);
  if (operation.replaces === null) {
    if (isImage) world.deleteImageTag(path, tag);
    else if (isRepository) world.deleteRepositoryTag(path, tag);
    else if (isRegistry) world.deleteOciTag(path, tag);
    else world.deleteUhubTag(path, tag);
    return `somebody deleted ${tag}`;
  }
  const old = { digest: operation.replaces, ageDays: 120 };
  if (isImage) world.setImageTag(path, tag, operation.replaces);
  else if (isRepository) world.setRepositoryTag(path, tag, old);
  else if (isRegistry) world.setOciTag(path, tag, old);
  else world.setUhubTag(path, tag, old);
  return operation.type === 'delete'
    ? `somebody pushed ${tag} again`
    : `somebody re-pointed ${tag}`;
}
