import { Redis } from 'ioredis';
import { afterEach, beforeEach, inject } from 'vitest';
import { ROLES, type Role, type Service } from '../../src/cli/app.ts';
import { openApp } from '../../src/compose.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { RequestBudget } from '../../src/model/account.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import type { Store } from '../../src/store/store.ts';
import { type FleetSize, fleetPolicies, fleetSeed } from '../support/fleet.ts';
import { emptyDatabase } from '../support/redis-database.ts';
import { createWorkspace, KEY_ENV } from '../support/workspace.ts';

/** A service in this process and what it said. */
export interface Running {
  readonly service: Service;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

export interface ServiceFleet {
  readonly simulator: Simulator;
  readonly redis: Redis;
  /** The store of the services on Redis. */
  readonly store: Store;
  readonly start: (
    config?: Readonly<Record<string, unknown>>,
    roles?: readonly Role[],
  ) => Promise<Running>;
}

export interface FleetOptions {
  readonly size: FleetSize;
  readonly interval: string;
  readonly kind?: 'redis' | 'embedded';
  /** Default: more than the fleet can use. */
  readonly limits?: RequestBudget;
}

const AMPLE: RequestBudget = { requestsPerSecond: 1_000, burst: 500, concurrency: 10 };

/** A simulated fleet for each test, and services over it in this process. */
export function serviceFleet({
  size,
  interval,
  kind = 'redis',
  limits = AMPLE,
}: FleetOptions): () => ServiceFleet {
  let fleet: ServiceFleet;
  let opened: AsyncDisposableStack;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const url = await emptyDatabase(inject('redisUrl'));
    const redis = new Redis(url);
    opened.defer(async () => void (await redis.quit()));
    const simulator = await startSimulator({ seed: fleetSeed(size) });
    opened.defer(async () => await simulator.close());
    fleet = {
      simulator,
      redis,
      store: createRedisStore({ redis, prefix: '{tags}' }),
      start: async (config = {}, roles = ROLES) => {
        const workspace = await createWorkspace({
          simulator,
          queueUrl: kind === 'redis' ? url : 'embedded:./queue',
          policies: fleetPolicies(interval),
          config: { guards: { maxDeletesPerHour: 10_000, maxFleetDeletePercent: 100 }, ...config },
          account: { limits },
        });
        opened.defer(async () => await workspace.remove());
        return await startHere(workspace.configFile, roles, opened);
      },
    };
  });

  afterEach(async () => {
    await opened.disposeAsync();
  });

  return () => fleet;
}

async function startHere(
  configFile: string,
  roles: readonly Role[],
  opened: AsyncDisposableStack,
): Promise<Running> {
  const environment = readEnvironment(KEY_ENV);
  const app = await openApp({ configFile, policyFolder: null }, environment, () => undefined);
  opened.defer(async () => await app.close());
  const lines: Readonly<Record<string, unknown>>[] = [];
  const service = await app.startService({
    roles: new Set(roles),
    host: '127.0.0.1',
    port: 0,
    onReport: () => undefined,
    // Written by our own log.
    writeLog: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    signal: new AbortController().signal,
  });
  let stopped: Promise<void> | null = null;
  const stop = async (graceMs: number): Promise<void> => {
    stopped ??= service.stop(graceMs);
    await stopped;
  };
  opened.defer(async () => await stop(0));
  return { service: { ...service, stop }, lines };
}

/** Values of a metric by its labels as printed. */
export async function scrape(
  { url }: Pick<Service, 'url'>,
  name: string,
): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(name.length, space), Number(line.slice(space + 1))];
    }),
  );
}
