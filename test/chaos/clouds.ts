import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Endpoints } from '../../src/simulator/simulator.ts';
import type { CallName, CloudAnswer, CloudCalls, CloudRequest } from './cloud-calls.ts';
import type { FleetSize } from './fleet.ts';

type Remote = {
  readonly [Name in Exclude<CallName, 'start'>]: (
    ...args: Parameters<CloudCalls[Name]>
  ) => Promise<ReturnType<CloudCalls[Name]>>;
};

/** The fake clouds in a process of their own. */
export interface Clouds extends Remote {
  readonly endpoints: Endpoints;
  readonly pid: number;
  stop(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('./child-clouds.ts', import.meta.url));

/** Starts the process and, in it, the fake clouds with a fleet that is out of place. */
export async function startClouds(size: FleetSize): Promise<Clouds> {
  const child = fork(CHILD, { serialization: 'advanced', execArgv: [] });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const ask = createAsk(child);
  try {
    const endpoints = (await ask('start', [size])) as Endpoints;
    const remote =
      (name: CallName) =>
      async (...args: readonly unknown[]) =>
        await ask(name, args);
    const names = ['status', 'faults', 'latency', 'drift', 'verdict', 'forget', 'writes'] as const;
    const calls = Object.fromEntries(names.map((name) => [name, remote(name)]));
    return { ...(calls as unknown as Remote), endpoints, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function createAsk(child: ChildProcess) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', (answer: CloudAnswer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.value);
  });
  child.once('exit', () => {
    for (const asked of waiting.values()) asked.reject(new Error('the clouds ended'));
    waiting.clear();
  });
  return async (name: CallName, args: readonly unknown[]): Promise<unknown> => {
    last += 1;
    const asked = Promise.withResolvers<unknown>();
    waiting.set(last, asked);
    child.send({ id: last, name, args } satisfies CloudRequest);
    return await asked.promise;
  };
}
