import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../src/model/target.ts';
import { openBackend } from '../../src/queue/backend.ts';
import { reconcileJob, reconcileQueue } from '../../src/queue/jobs.ts';
import type { JobQueue } from '../../src/queue/port.ts';
import { addJob } from '../../src/queue/queues.ts';
import { targetsOf } from './fleet.ts';
import type { World } from './world.ts';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const ATTEMPTS = 5;

/** Somebody who changes tags behind our back and reports each change, as a webhook does. */
export interface Producer extends AsyncDisposable {
  readonly acknowledged: number;
  /** Events that were refused or not answered in time. */
  readonly refused: number;
  /** The longest wait for an acknowledgment or a refusal, in milliseconds. */
  readonly slowestMs: number;
  /** Drifts and reports one target after the other until the signal is aborted. */
  produce(everyMs: number, signal: AbortSignal): Promise<void>;
  /** Sends what was refused again until it is taken. */
  sendRest(): Promise<void>;
}

/** Writes to the queues past the proxy, as it is not what a producer's connection suffers from here. */
export async function createProducer(world: World): Promise<Producer> {
  const backend = await openBackend(world.redis.url, { log: SILENT });
  const queues = new Map(
    ['ims-north', 'swr-north'].map((name) => [name, backend.createQueue(reconcileQueue(name))]),
  );
  const rest = new Set<string>();
  const seen = { acknowledged: 0, refused: 0, slowestMs: 0 };
  const send = async (path: string): Promise<void> => {
    const account = path.includes('/') ? 'swr-north' : 'ims-north';
    const startedAt = performance.now();
    try {
      await addEvent(queues.get(account), { account, path });
      seen.acknowledged += 1;
      rest.delete(path);
    } catch {
      seen.refused += 1;
      rest.add(path);
    }
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - startedAt);
  };
  return {
    get acknowledged() {
      return seen.acknowledged;
    },
    get refused() {
      return seen.refused;
    },
    get slowestMs() {
      return Math.round(seen.slowestMs);
    },
    async produce(everyMs, signal) {
      const sending: Promise<void>[] = [];
      while (!signal.aborted) {
        const index = Math.floor(world.random() * targetsOf(world.size));
        const [path] = await world.clouds.drift([index]);
        if (path !== undefined) sending.push(send(path));
        await sleep(everyMs, null, { signal }).catch(() => null);
      }
      await Promise.all(sending);
    },
    async sendRest() {
      while (rest.size > 0) await Promise.all([...rest].map(send));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map(async (queue) => await queue.close()));
      await backend.close();
    },
  };
}

async function addEvent(queue: JobQueue | undefined, target: Target): Promise<void> {
  if (queue === undefined) throw new Error('no such queue');
  const pass = {
    target,
    reason: 'webhook',
    correlationId: randomUUID(),
    revision: 'chaos',
    attributes: null,
    observedAt: null,
  } as const;
  await addJob(queue, reconcileJob(pass, ATTEMPTS));
}
