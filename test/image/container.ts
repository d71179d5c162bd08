import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { z } from 'zod';
import { type Engine, IMAGE, openEngine } from './engine.ts';

/** What a cluster that trusts nobody gives a container; /tmp is read-only as everything else is. */
export const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=all',
  '--security-opt=no-new-privileges',
] as const;

const POLL_MS = 10;
const READY_TIMEOUT_MS = 30_000;
const State = z
  .array(
    z.object({ State: z.object({ StartedAt: z.coerce.date(), Pid: z.int(), ExitCode: z.int() }) }),
  )
  .length(1);

/** A running container of the image. */
export interface Container {
  readonly name: string;
  /** Milliseconds until the address answered 200: since `podman run`, and since its process began. */
  ready(url: string): Promise<{ readonly command: number; readonly process: number }>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number>;
  logs(): Promise<string>;
  /** Paths that differ from the image, without those the engine makes itself. */
  diff(): Promise<readonly string[]>;
  /** Process id on the host of PID 1. */
  pid(): Promise<number>;
}

/** The engine that the setup has prepared. */
export function theEngine(): Engine {
  return openEngine(inject('imageStore'));
}

let count = 0;

/** Starts the image with arguments of `podman run`; `command` in place of `run`. */
export async function startContainer(
  args: readonly string[],
  command: readonly string[] = [],
): Promise<Container> {
  const engine = theEngine();
  count += 1;
  const name = `tagwarden-${process.pid}-${count}`;
  const from = Date.now();
  const network = args.some((arg) => arg.startsWith('--network')) ? [] : ['--network=host'];
  await engine.podman('run', '--detach', '--name', name, ...network, ...args, IMAGE, ...command);
  const state = async () => {
    const found = State.parse(JSON.parse(await engine.podman('inspect', name)));
    return found[0]?.State ?? { StartedAt: new Date(0), Pid: 0, ExitCode: -1 };
  };
  const logs = async () => {
    const child = spawn('podman', ['logs', name], { env: engine.env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    await new Promise((resolve) => child.once('close', resolve));
    return said;
  };
  return {
    name,
    logs,
    async ready(url) {
      while ((await statusOf(url)) !== 200) {
        if (Date.now() - from > READY_TIMEOUT_MS) throw new Error(`not ready:\n${await logs()}`);
        await sleep(POLL_MS);
      }
      const now = Date.now();
      const { StartedAt } = await state();
      return { command: now - from, process: now - StartedAt.getTime() };
    },
    async stop() {
      await engine.podman('stop', '--time', '30', name);
      return (await state()).ExitCode;
    },
    async diff() {
      const lines = (await engine.podman('diff', name)).trim().split('\n');
      return lines.filter((line) => line !== '' && !OF_THE_ENGINE.test(line));
    },
    pid: async () => (await state()).Pid,
  };
}

/** Mount points and what every engine writes for the resolver. */
const OF_THE_ENGINE =
  /^[AC] \/(?:etc|etc\/(?:hosts|resolv\.conf|mtab|tagwarden)|run|run\/(?:\.containerenv|secrets)|data|dev|proc|sys)$/;

async function statusOf(url: string): Promise<number> {
  return await fetch(url).then(
    ({ status }) => status,
    () => 0,
  );
}
