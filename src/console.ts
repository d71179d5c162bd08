import { randomUUID } from 'node:crypto';
import type { OpenOptions } from './cli/app.ts';
import type { LocalConsole } from './cli/console.ts';
import type { Environment } from './config/environment.ts';
import { ReconcileError } from './model/errors.ts';
import { openStorage, queueOwner } from './queue/backend.ts';
import type { Dispatch } from './queue/dispatch.ts';
import { SILENT } from './queue/log.ts';
import { cleaningPauses } from './service/clean-pauses.ts';
import { configuredPauses } from './service/holds.ts';
import { openConfig } from './service/open-config.ts';
import { openStore } from './store/open.ts';
import type { Scrubber } from './telemetry/scrub.ts';

/** A Redis that does not answer at once is told to the person who waits. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Opens the store of the deployment for one command; works no job itself. Policies and queues are opened when they are
 * needed: a pause does not fail on a bad policy, and whoever reads history waits for neither BullMQ nor the clouds'
 * adapters to load. Throws CONFIG_INVALID, QUEUE_UNAVAILABLE.
 */
export async function openConsole(
  options: OpenOptions,
  environment: Environment,
  onScrubber: (scrubber: Scrubber) => void,
): Promise<LocalConsole> {
  const { config, scrubber } = openConfig(options, environment, onScrubber);
  await using opened = new AsyncDisposableStack();
  await refuseOwned(config.queue.url);
  const { storage, backend, close } = await openStorage(config.queue.url, {
    log: SILENT,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  opened.defer(close);
  const store = await openStore(storage);
  const running = opened.move();
  const policies = once(async () => {
    const { readPolicySet } = await import('./service/console-policies.ts');
    return await readPolicySet(config, options, environment);
  });
  const queues = once(async () => {
    const { createQueues } = await import('./queue/queues.ts');
    const created = createQueues({ backend: await backend(), accounts: config.accounts });
    running.defer(async () => await created.close());
    return created;
  });
  const dispatch = async (): Promise<Dispatch> => {
    const { createDispatch } = await import('./queue/dispatch.ts');
    const { ENGINE_DEFAULTS } = await import('./queue/engine-options.ts');
    const set = await policies();
    const context = { policies: () => set, newId: randomUUID, settings: ENGINE_DEFAULTS };
    return createDispatch(context, await queues());
  };
  const now = (): Date => new Date();
  const accounts = new Set(config.accounts.map(({ name }) => name));
  return {
    store: cleaningPauses(store, (text) => scrubber.scrub(text)),
    policies,
    now,
    configured: configuredPauses(config.pauses, now(), now()),
    isConfigured: (account) => accounts.has(account),
    trigger: async (target) => await (await dispatch()).trigger(target, 'manual'),
    sweep: async (policy) => await (await dispatch()).sweep(policy, 'manual'),
    queues: async () => {
      const { depthsOf } = await import('./queue/queues.ts');
      return await depthsOf(await queues());
    },
    undo: async (request, signal) => {
      const { undo } = await import('./service/undo.ts');
      return await undo({ config, scrubber, set: await policies(), store }, request, signal);
    },
    close: async () => await running.disposeAsync(),
  };
}

/** The service that has the embedded queue to itself answers for it. */
async function refuseOwned(url: string): Promise<void> {
  const owner = await queueOwner(url);
  if (owner === null) return;
  throw new ReconcileError(
    'QUEUE_UNAVAILABLE',
    `Cannot open queue "${url}": ${owner} has it to itself, wanted one process a folder; stop it, or ask it with --server URL, which every command but undo takes`,
  );
}

/** What is made on the first call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | null = null;
  return async () => {
    making ??= make();
    return await making;
  };
}
