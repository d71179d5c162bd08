import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { eventually, fleetSeed, imageId } from './fleet.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { startTagwarden, type TagwardenProcess } from './service-process.ts';
import { createWorkspace, KEY_ENV } from './workspace.ts';

/** Policies in a repository behind a git server, the service that follows it, and the clouds it writes to. */
export interface PushBench extends AsyncDisposable {
  readonly git: GitServer;
  readonly simulator: Simulator;
  readonly service: TagwardenProcess;
  /** Commits a policy that wants this value, pushes it over HTTP; resolves to the commit when the push has ended. */
  push(value: string): Promise<string>;
  /** Milliseconds until the cloud has the value. */
  applied(value: string): Promise<number>;
  /** From now on pushes tell nobody. */
  dropHook(): Promise<void>;
}

export interface PushBenchOptions {
  /** Of a Redis database of one's own. */
  readonly redisUrl: string;
  /** How often the remote is asked without a hook. */
  readonly interval: string;
  /** Of every answer of the clouds. */
  readonly latencyMs?: number;
}

const SECRET = 'push-secret-of-more-than-24-bytes';
const TIMEOUT_MS = 30_000;
const LOOK_MS = 5;

/** Starts all of it and waits until the first policy is applied. */
export async function startPushBench(options: PushBenchOptions): Promise<PushBench> {
  await using opened = new AsyncDisposableStack();
  const simulator = await startSimulator({ seed: fleetSeed({ images: 1, repositories: 0 }) });
  opened.defer(async () => await simulator.close());
  simulator.faults.latencyMs = options.latencyMs ?? 50;
  const git = await startGitServer();
  opened.defer(async () => await git.close());
  await git.git('-C', git.bare, 'config', 'http.receivepack', 'true');
  const push = async (value: string): Promise<string> => {
    await writeFile(join(git.work, 'images.yaml'), policyOf(value));
    await git.git('add', '--all');
    await git.git('commit', '--quiet', `--message=want ${value}`);
    await git.git('push', '--quiet', git.url, 'HEAD:refs/heads/main');
    return await git.git('rev-parse', 'HEAD');
  };
  const applied = async (value: string): Promise<number> => {
    const since = performance.now();
    while (simulator.world.imageTags(imageId(0))['wanted'] !== value) {
      const waitedMs = performance.now() - since;
      if (waitedMs > TIMEOUT_MS) throw new Error(`"${value}" was not applied in ${TIMEOUT_MS} ms`);
      await sleep(LOOK_MS);
    }
    return performance.now() - since;
  };
  await push('first');
  const service = await startService(options, { simulator, git }, opened);
  await applied('first');
  const hook = join(git.bare, 'hooks', 'post-receive');
  await installHook(hook, await hookUrlOf(service));
  const running = opened.move();
  return {
    git,
    simulator,
    service,
    push,
    applied,
    dropHook: async () => await rm(hook),
    [Symbol.asyncDispose]: async () => await running.disposeAsync(),
  };
}

async function startService(
  { redisUrl, interval }: PushBenchOptions,
  { simulator, git }: Pick<PushBench, 'simulator' | 'git'>,
  opened: AsyncDisposableStack,
): Promise<TagwardenProcess> {
  const workspace = await createWorkspace({
    simulator,
    queueUrl: redisUrl,
    policies: {},
    config: {
      policies: { git: { url: git.url, interval, allowLoopbackHttp: true } },
      server: {
        port: 0,
        hooksPort: 0,
        hooks: { policies: { type: 'gitea-push', secret: '${PUSH_SECRET}' } },
      },
    },
  });
  opened.defer(async () => await workspace.remove());
  const args = ['run', '--config', workspace.configFile];
  const service = startTagwarden(args, { ...KEY_ENV, PUSH_SECRET: SECRET });
  opened.defer(async () => {
    service.kill('SIGTERM');
    await service.ended;
  });
  await service.waitFor(/service started/);
  return service;
}

async function hookUrlOf(service: TagwardenProcess): Promise<string> {
  const line = await service.waitFor(/hooks listening/);
  return `${/"url":"([^"]+)"/.exec(line)?.[1] ?? ''}/hooks/policies`;
}

/** What git runs on the server after a push: it tells of each ref as Gitea does, and waits for the answer. */
async function installHook(file: string, url: string): Promise<void> {
  const script = `#!${process.execPath}
const { createHmac, randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');
const tell = async (line) => {
  const [before, after, ref] = line.split(' ');
  const repository = { full_name: 'platform/tags' };
  const body = JSON.stringify({ ref, before, after, commits: [], repository, pusher: { login: 'ci' } });
  const mac = createHmac('sha256', ${JSON.stringify(SECRET)}).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-gitea-event': 'push',
    'x-gitea-delivery': randomUUID(),
    'x-gitea-signature': mac,
  };
  const { status } = await fetch(${JSON.stringify(url)}, { method: 'POST', headers, body });
  if (status !== 202) throw new Error('the hook was answered with ' + status);
};
Promise.all(readFileSync(0, 'utf8').trim().split('\\n').map(tell));
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
}

function policyOf(value: string): string {
  return `
apiVersion: tagwarden/v1
kind: ResourceTagPolicy
metadata: { name: images }
spec:
  mode: sync
  interval: 1h
  targets: [{ account: ims-north, images: { name: "golden-*" } }]
  tags:
    ensure: { wanted: "${value}" }
`;
}

/** Waits until the service says that it follows the commit; milliseconds. */
export async function followed({ service }: PushBench, commit: string): Promise<number> {
  const says = (line: string): boolean =>
    line.includes('policy set loaded') && line.includes(`"revision":"main@sha1:${commit}"`);
  return await eventually(
    () => service.lines.some(says),
    TIMEOUT_MS,
    () => `commit ${commit} was not read`,
  );
}
