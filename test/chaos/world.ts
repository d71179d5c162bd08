import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createRandom } from '../../src/simulator/random.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import { type Clouds, startClouds } from './clouds.ts';
import { type FleetSize, fleetPolicies } from './fleet.ts';
import { type Proxy, startProxy } from './proxy.ts';
import { createMember, createTally, type Member, type Tally } from './worker.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly size: FleetSize;
  readonly workers: number;
  readonly schedulers?: number;
  /** Between two sweeps of a policy; at least 10 s. */
  readonly interval?: string;
  /** Passes at a time, by account and process. */
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  /** Longest wait for one answer of a cloud. */
  readonly timeout?: string;
  /** Merged into the guards of the configuration. */
  readonly guards?: Readonly<Record<string, unknown>>;
  /** When Redis puts its append-only file on the disk. Default `everysec`, as the documentation asks for in production. */
  readonly fsync?: 'always' | 'everysec';
  /** Environment of each worker on top of our own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A deployment: Redis behind a proxy, fake clouds, workers and schedulers, each a process of its own. */
export interface World extends AsyncDisposable {
  readonly seed: number;
  readonly size: FleetSize;
  /** Numbers in [0, 1) that the seed replays. */
  readonly random: () => number;
  readonly redis: RedisServer;
  readonly proxy: Proxy;
  readonly clouds: Clouds;
  readonly workspace: Workspace;
  readonly workers: readonly Member[];
  readonly schedulers: readonly Member[];
  readonly tally: Tally;
  startAll(): Promise<void>;
  /** Resolves with the milliseconds it took; rejects when time is up. */
  converged(withinMs: number): Promise<number>;
  /** What the queues hold, read past the proxy. */
  jobs(): Promise<JobCounts>;
  flush(): Promise<void>;
}

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** Why each failed job failed. */
  readonly failed: readonly string[];
}

const QUEUES = ['sweep', 'reconcile.ims-north', 'reconcile.swr-north'];
// Each look compares the whole fleet, on the processors that are measured.
const LOOK_MS = 500;

/** Builds the world; nothing runs in it yet but Redis, proxy and clouds. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { seed, size, schedulers = 1, fsync = 'everysec' } = options;
  await using opened = new AsyncDisposableStack();
  const redis = opened.adopt(
    await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', fsync] }),
    async (server) => await server.stop(),
  );
  const proxy = opened.adopt(await startProxy(redis.url), async (one) => await one.close());
  const clouds = opened.adopt(await startClouds(size), async (child) => await child.stop());
  const place = await createPlace(options, clouds, proxy.url);
  const workspace = opened.adopt(place, async (folder) => await folder.remove());
  const tally = createTally();
  const { configFile } = workspace;
  const create = (name: string, role: string): Member =>
    createMember({ name, role, configFile, tally, env: options.env ?? {} });
  const workers = count(options.workers, (index) => create(`worker ${index}`, 'worker'));
  const schedule = count(schedulers, (index) => create(`scheduler ${index}`, 'scheduler'));
  opened.defer(
    async () => void (await Promise.all([...workers, ...schedule].map((one) => one.kill()))),
  );
  const resources = opened.move();
  return {
    seed,
    size,
    random: createRandom(seed),
    redis,
    proxy,
    clouds,
    workspace,
    workers,
    schedulers: schedule,
    tally,
    async startAll() {
      await Promise.all(workers.map(async (worker) => await worker.start()));
      await Promise.all(schedule.map(async (one) => await one.start()));
    },
    converged: async (withinMs) => await converged(clouds, withinMs),
    jobs: async () => await withRedis(redis.url, countJobs),
    flush: async () => await withRedis(redis.url, async (client) => void (await client.flushall())),
    [Symbol.asyncDispose]: async () => await resources.disposeAsync(),
  };
}

async function createPlace(
  options: WorldOptions,
  clouds: Clouds,
  queueUrl: string,
): Promise<Workspace> {
  const { interval = '30s', concurrency = 25, requestsPerSecond = 10_000 } = options;
  const { timeout = '2s', guards = {} } = options;
  return await createWorkspace({
    simulator: clouds,
    queueUrl,
    policies: fleetPolicies(interval),
    config: { guards: { maxDeletesPerHour: 1_000_000, maxFleetDeletePercent: 100, ...guards } },
    account: { timeout, limits: { requestsPerSecond, burst: 10_000, concurrency } },
  });
}

async function converged(clouds: Clouds, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { outOfPlace, requests } = await clouds.status();
    const passedMs = performance.now() - startedAt;
    if (outOfPlace === 0) return passedMs;
    if (passedMs > withinMs) {
      throw new Error(
        `${outOfPlace} targets are not in place after ${withinMs} ms and ${requests} requests`,
      );
    }
    await sleep(LOOK_MS);
  }
}

async function withRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

async function countJobs(client: Redis): Promise<JobCounts> {
  const sum = async (read: (queue: string) => Promise<number>): Promise<number> =>
    (await Promise.all(QUEUES.map(async (queue) => await read(`{tags}:${queue}`)))).reduce(
      (total, one) => total + one,
      0,
    );
  return {
    waiting:
      (await sum(async (queue) => await client.llen(`${queue}:wait`))) +
      (await sum(async (queue) => await client.zcard(`${queue}:prioritized`))),
    active: await sum(async (queue) => await client.llen(`${queue}:active`)),
    delayed: await sum(async (queue) => await client.zcard(`${queue}:delayed`)),
    failed: (await Promise.all(QUEUES.map(async (queue) => await failures(client, queue)))).flat(),
  };
}

async function failures(client: Redis, queue: string): Promise<string[]> {
  const ids = await client.zrange(`{tags}:${queue}:failed`, '0', '-1');
  return await Promise.all(
    ids.map(async (id) => {
      const reason = await client.hget(`{tags}:${queue}:${id}`, 'failedReason');
      return `${queue} ${id}: ${reason ?? 'no reason kept'}`;
    }),
  );
}

function count<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => make(index));
}
