import { Redis } from 'ioredis';
import { installDebianPackages, mayInstallPackages } from './debian.ts';
import { dockerAnswers } from './docker.ts';
import { REDIS_MISSING, type RedisServer, redisArgs } from './redis.ts';
import { startContainer } from './redis-container.ts';
import { isOnPath, startProcess } from './redis-process.ts';

/** The Redis that all test files share. Its owner calls stop() once. */
export interface SharedRedis {
  readonly url: string;
  readonly from: RedisSource;
  stop(): Promise<void>;
}

export type RedisSource = 'REDIS_URL' | 'docker' | 'path' | 'apt';

/** What the choice rests on; the defaults look at this machine. */
export interface Surroundings {
  readonly redisUrl: string | null;
  readonly hasDocker: () => Promise<boolean>;
  readonly hasServer: () => boolean;
  readonly mayInstall: () => boolean;
  readonly install: () => void;
  readonly startServer: (args: readonly string[]) => Promise<RedisServer>;
}

export function thisMachine(env: NodeJS.ProcessEnv = process.env): Surroundings {
  return {
    redisUrl: env['REDIS_URL'] || null,
    hasDocker: () => dockerAnswers(env),
    hasServer: () => isOnPath('redis-server'),
    mayInstall: () => mayInstallPackages(),
    install: installRedis,
    startServer: startProcess,
  };
}

/** Which Redis the tests use: REDIS_URL, Docker, redis-server on PATH, Debian's package, or none. */
export async function chooseSource(machine: Surroundings): Promise<RedisSource | null> {
  if (machine.redisUrl !== null) return 'REDIS_URL';
  if (await machine.hasDocker()) return 'docker';
  if (machine.hasServer()) return 'path';
  return machine.mayInstall() ? 'apt' : null;
}

/** Finds, starts or installs the Redis of the test run, or throws what to do about it. */
export async function shareRedis(machine: Surroundings = thisMachine()): Promise<SharedRedis> {
  const from = await chooseSource(machine);
  switch (from) {
    case null:
      throw new Error(REDIS_MISSING);
    case 'REDIS_URL':
      await prepareForPrivateServers(machine);
      return await useGiven(machine.redisUrl ?? '');
    case 'docker':
      return await useDocker(machine);
    case 'path':
      return await startServer(machine, from);
    case 'apt':
      machine.install();
      return await startServer(machine, from);
  }
}

/** Tests that kill their Redis start one of their own with startRedis(), which cannot install. */
async function prepareForPrivateServers(machine: Surroundings): Promise<void> {
  if (machine.hasServer() || (await machine.hasDocker())) return;
  if (machine.mayInstall()) machine.install();
}

async function useDocker(machine: Surroundings): Promise<SharedRedis> {
  try {
    const server = await startContainer(redisArgs({}));
    return { url: server.url, from: 'docker', stop: () => server.stop() };
  } catch (error) {
    // An engine without the image and without a network; there may still be a redis-server.
    console.warn(`Docker cannot run Redis (${String(error)}), trying redis-server`);
    return await shareRedis({ ...machine, hasDocker: async () => false });
  }
}

async function startServer(machine: Surroundings, from: RedisSource): Promise<SharedRedis> {
  const server = await machine.startServer(redisArgs({}));
  return { url: server.url, from, stop: () => server.stop() };
}

async function useGiven(url: string): Promise<SharedRedis> {
  const probe = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    retryStrategy: () => null,
  });
  probe.on('error', () => {}); // connect() rejects with the same error
  try {
    await probe.connect();
    await probe.ping();
  } catch (cause) {
    throw new Error('Cannot reach the Redis that REDIS_URL names', { cause });
  } finally {
    probe.disconnect();
  }
  return { url, from: 'REDIS_URL', stop: async () => {} };
}

function installRedis(): void {
  try {
    installDebianPackages('redis-server');
  } catch (cause) {
    throw new Error(`${REDIS_MISSING}\nDebian's package did not install either`, { cause });
  }
}
