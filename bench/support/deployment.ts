import { setTimeout as sleep } from 'node:timers/promises';
import { StatusBody } from '../../src/api/schemas.ts';
import { fleetPolicies } from '../../test/support/fleet.ts';
import { type RedisServer, startRedis } from '../../test/support/redis.ts';
import { startTagwarden, type TagwardenProcess } from '../../test/support/service-process.ts';
import { createWorkspace, KEY_ENV, type Workspace } from '../../test/support/workspace.ts';
import { type Cloud, type CloudFigures, startCloud } from './cloud.ts';
import { type BenchFleet, HUB_POLICY } from './fleet.ts';

export interface DeploymentOptions {
  readonly fleet: Partial<BenchFleet>;
  /** Default: Redis. */
  readonly embedded?: boolean;
  /** Passes at once. */
  readonly concurrency: number;
  /** Default: those of the fleet, once a day. */
  readonly policies?: Readonly<Record<string, string>>;
}

/** Fake clouds, a Redis of its own unless the queue is embedded, a configuration; each in a process of its own. */
export interface Deployment extends AsyncDisposable {
  readonly cloud: Cloud;
  /** Null: the queue is embedded. */
  readonly redis: RedisServer | null;
  readonly workspace: Workspace;
  /** Starts `tagwarden run --role …`; resolves when it is ready. */
  start(role: string, env?: Readonly<Record<string, string>>): Promise<BenchService>;
}

/** A running service. */
export interface BenchService {
  readonly process: TagwardenProcess;
  readonly pid: number | undefined;
  /** Asks for a sweep of a policy by way of the API. */
  sweep(policy: string): Promise<void>;
  /** Resolves when so many targets are on record and nothing waits; throws when there are others. By way of the API. */
  expectKnown(count: number): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_MS = 100;
const ADMIN_TOKEN = 'bench-token-of-more-than-24-bytes';
/** More than any bench can use: what is measured is the program, not its budget. */
const AMPLE = { requestsPerSecond: 10_000, burst: 10_000 };

const NOTHING: BenchFleet = { images: 0, repositories: 0, hub: 0, registryTags: 0 };

/** Starts everything around the services. */
export async function deploy(options: DeploymentOptions): Promise<Deployment> {
  const { embedded = false, concurrency, policies = benchPolicies() } = options;
  await using opening = new AsyncDisposableStack();
  const redis = embedded ? null : await startRedis();
  opening.defer(async () => await redis?.stop());
  const cloud = await startCloud({ ...NOTHING, ...options.fleet });
  opening.defer(() => cloud.close());
  const workspace = await createWorkspace({
    simulator: cloud,
    queueUrl: redis?.url ?? 'embedded:./queue',
    policies,
    config: {
      ...(options.fleet.registryTags === undefined ? {} : registryOnly(cloud, concurrency)),
      guards: { maxDeletesPerHour: 1_000_000, maxFleetDeletePercent: 100 },
      server: { port: 0, adminToken: '${BENCH_TOKEN}' },
    },
    account: { limits: { ...AMPLE, concurrency } },
  });
  opening.defer(async () => await workspace.remove());
  const opened = opening.move();
  return {
    cloud,
    redis,
    workspace,
    async start(role, env = {}) {
      const service = await startService(workspace, role, env);
      opened.defer(() => service.process.kill('SIGKILL'));
      return service;
    },
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}

function registryOnly(
  { endpoints }: Cloud,
  concurrency: number,
): Readonly<Record<string, unknown>> {
  const limits = { ...AMPLE, concurrency };
  const auth = { anonymous: true };
  return { accounts: { mirror: { provider: 'oci', endpoint: endpoints.oci, auth, limits } } };
}

function benchPolicies(): Readonly<Record<string, string>> {
  return { ...fleetPolicies('24h'), 'hub.yaml': HUB_POLICY };
}

async function startService(
  { configFile }: Workspace,
  role: string,
  env: Readonly<Record<string, string>>,
): Promise<BenchService> {
  const args = ['run', '--role', role, '--port', '0', '--config', configFile];
  const process = startTagwarden(args, { ...KEY_ENV, BENCH_TOKEN: ADMIN_TOKEN, ...env });
  const started = JSON.parse(await process.waitFor(/service started/));
  const authorization = `Bearer ${ADMIN_TOKEN}`;
  return {
    process,
    pid: process.child.pid,
    async sweep(policy) {
      const response = await fetch(`${started.url}/api/v1/triggers`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ policy }),
      });
      if (!response.ok) throw new Error(`sweep of ${policy}: ${await response.text()}`);
    },
    async expectKnown(count) {
      for (;;) {
        const response = await fetch(`${started.url}/api/v1/status`, {
          headers: { authorization },
        });
        const { summary, queues } = StatusBody.parse(await response.json());
        const unfinished = queues.some(({ counts }) =>
          ['waiting', 'prioritized', 'active'].some((state) => (counts[state] ?? 0) > 0),
        );
        if (summary.in_sync === count && summary.targets === count && !unfinished) return;
        if (summary.targets > count) throw new Error(`${summary.targets} targets of ${count}`);
        await sleep(LOOK_MS);
      }
    },
    async stop() {
      process.kill('SIGTERM');
      await process.ended;
    },
  };
}

/** Resolves when the clouds were asked so often for one thing; gives what they saw until then. */
export async function called(
  cloud: Cloud,
  operation: string,
  count: number,
): Promise<CloudFigures> {
  for (;;) {
    const figures = await cloud.ask({ type: 'figures' });
    if ((figures.byOperation[operation] ?? 0) >= count) return figures;
    await sleep(LOOK_MS);
  }
}
