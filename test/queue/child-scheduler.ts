// Run by node: child-scheduler.ts URL PREFIX ACCOUNT EVERY_MS POLICIES TARGETS. A replica with all roles. Prints one
// JSON line for each pass, with the tick that led to it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { openBackend } from '../../src/queue/backend.ts';
import { createEngine } from '../../src/queue/engine.ts';
import { SWEEP_QUEUE } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import { aPolicy, aSet, inSync, SILENT } from './support.ts';

const [, , url = '', prefix = '', account = '', every = '', policies = '', targets = ''] =
  process.argv;
const tickInHand = new AsyncLocalStorage<string>();

function say(event: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

/** The backend, telling which tick a sweep comes from. */
function withTicks(backend: Backend): Backend {
  return {
    ...backend,
    createWorker: (name, processor, setup) =>
      backend.createWorker(
        name,
        async (job, token, signal) => {
          // BullMQ names the jobs of a scheduler `repeat:<scheduler>:<time>`.
          const tick = /^repeat:(.+:\d+)$/.exec(job.id ?? '')?.[1];
          const isTick = name === SWEEP_QUEUE && tick !== undefined;
          if (!isTick) return await processor(job, token, signal);
          await tickInHand.run(tick, async () => await processor(job, token, signal));
        },
        setup,
      ),
  };
}

const schedule = { type: 'interval', intervalMs: Number(every) } as const;
const names = Array.from({ length: Number(policies) }, (_, at) => `policy-${at}`);
const set = aSet('1', ...names.map((name) => aPolicy(name, { schedule })));
const engine = createEngine({
  backend: withTicks(await openBackend(url, { log: SILENT, prefix })),
  roles: new Set(['scheduler', 'worker']),
  accounts: [{ name: account, concurrency: 20 }],
  policies: () => set,
  async *discover({ name }) {
    for (let at = 0; at < Number(targets); at += 1) {
      yield { target: { account, path: `${name}/${at}` }, attributes: {} };
    }
  },
  async reconcile({ target, correlationId }) {
    say('pass', { path: target.path, tick: correlationId });
    return await Promise.resolve(inSync(target));
  },
  onReport() {},
  log: SILENT,
  now: () => new Date(),
  newId: () => tickInHand.getStore() ?? randomUUID(),
  // A lock long enough that a busy machine does not lose it.
  settings: { lockDurationMs: 3_000, stalledIntervalMs: 1_000, drainDelayS: 5 },
});
await engine.start();
say('ready', {});
