import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { BenchFleet } from './fleet.ts';

/** What the process of the clouds can be told. */
export type CloudRequest =
  | { readonly type: 'figures' | 'forget' }
  | { readonly type: 'latency'; readonly ms: number }
  | { readonly type: 'drift-images' | 'drift-repositories'; readonly count: number };

/** What the clouds saw since they were last told to forget. */
export interface CloudFigures {
  readonly total: number;
  readonly byOperation: Readonly<Record<string, number>>;
  /** When the first and the last of them were carried out, in milliseconds since the epoch; 0: none was. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly writes: readonly { readonly target: string; readonly at: number }[];
}

/** The fake clouds of a bench, in a process of their own. */
export interface Cloud {
  readonly endpoints: Simulator['endpoints'];
  ask(request: CloudRequest): Promise<CloudFigures>;
  close(): void;
}

const FILE = new URL('./cloud-process.ts', import.meta.url);

/** Starts the clouds with a fleet in sync. One question at a time, please. */
export async function startCloud(fleet: BenchFleet): Promise<Cloud> {
  const child = fork(FILE, [JSON.stringify(fleet)]);
  const [{ endpoints }] = await once(child, 'message');
  return {
    endpoints,
    async ask(request) {
      const answer = once(child, 'message');
      child.send({ request });
      const [{ figures }] = await answer;
      return figures;
    },
    close: () => void child.kill('SIGKILL'),
  };
}
