import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { RedisServer } from './redis.ts';
import { endProcess, isRunning, spawnOnFreePort, spawnServer } from './server-process.ts';

const READY = 'Ready to accept connections';

/** Whether PATH holds an executable of this name. */
export function isOnPath(command: string, path = process.env['PATH'] ?? ''): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** Runs the `redis-server` on PATH on a free port of the loopback, with its data in a new folder. */
export async function startProcess(args: readonly string[]): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-redis-'));
  try {
    const { port, child } = await spawnOnFreePort((free) => spawnRedis(folder, free, args));
    return createServerHandle({ folder, args, port, child });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Running {
  readonly folder: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly child: ChildProcess;
}

function createServerHandle({ folder, args, port, child: first }: Running): RedisServer {
  let child = first;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async kill() {
      await endProcess(child, 'SIGKILL');
    },
    async start() {
      if (isRunning(child)) return;
      child = await spawnRedis(folder, port, args);
    },
    async pause() {
      child.kill('SIGSTOP');
    },
    async resume() {
      child.kill('SIGCONT');
    },
    async stop() {
      child.kill('SIGCONT'); // a paused process does not see SIGTERM
      await endProcess(child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function spawnRedis(
  folder: string,
  port: number,
  args: readonly string[],
): Promise<ChildProcess> {
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  return await spawnServer({ command: 'redis-server', args: [...place, ...args], ready: READY });
}
