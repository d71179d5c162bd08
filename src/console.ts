import { randomUUID } from 'node:crypto';
import { audited } from './audit/writes.ts';
import type { OpenOptions } from './cli/app.ts';
import type { LocalConsole, UndoRequest } from './cli/console.ts';
import { type Clouds, capabilitiesByAccount, createClouds, createFleetBudgets } from './clouds.ts';
import { ambient, openConfig, placeOf } from './compose.ts';
import type { Environment } from './config/environment.ts';
import type { Config } from './config/load.ts';
import { ReconcileError } from './model/errors.ts';
import type { Run } from './model/history.ts';
import type { PolicySet } from './model/policy.ts';
import type { Report } from './model/report.ts';
import { planUndo } from './plan/undo.ts';
import { policiesFor } from './policy/selector.ts';
import { providerOf } from './providers/provider.ts';
import { openBackend, queueOwner } from './queue/backend.ts';
import { createDispatch, type Dispatch } from './queue/dispatch.ts';
import { ENGINE_DEFAULTS } from './queue/engine-options.ts';
import type { Log } from './queue/log.ts';
import { createQueues } from './queue/queues.ts';
import { reconcile } from './reconcile.ts';
import { type Caller, openCaller } from './service/caller.ts';
import { createRecorder } from './service/history.ts';
import { configuredPauses, holdReasonOf } from './service/holds.ts';
import { loadPolicySet } from './service/load-policies.ts';
import { openOrigin } from './sources/open.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import type { Scrubber } from './telemetry/scrub.ts';

/** A Redis that does not answer at once is told to the person who waits. */
const CONNECT_TIMEOUT_MS = 2_000;
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens store and queues of the deployment, for one command; works no job itself. Policies are read when they are
 * needed, so that a pause does not fail on a bad one. Throws CONFIG_INVALID, QUEUE_UNAVAILABLE.
 */
export async function openConsole(
  options: OpenOptions,
  environment: Environment,
  onScrubber: (scrubber: Scrubber) => void,
): Promise<LocalConsole> {
  const { config, scrubber } = openConfig(options, environment, onScrubber);
  const policies = readOnce(config, options, environment);
  await using opened = new AsyncDisposableStack();
  await refuseOwned(config.queue.url);
  const backend = await openBackend(config.queue.url, {
    log: SILENT,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  opened.defer(async () => await backend.close());
  const store = await openStore(backend.storage);
  const queues = createQueues({ backend, accounts: config.accounts });
  opened.defer(async () => await queues.close());
  const clouds = createClouds(config.accounts, createFleetBudgets(store, config.guards));
  opened.defer(async () => await clouds.close());
  const { now } = clouds;
  const caller = openCaller(config, scrubber);
  opened.defer(async () => await caller.close());
  const dispatch = async (): Promise<Dispatch> => {
    const set = await policies();
    const context = { policies: () => set, newId: randomUUID, settings: ENGINE_DEFAULTS };
    return createDispatch(context, queues);
  };
  const running = opened.move();
  return {
    store,
    policies,
    now,
    configured: configuredPauses(config.pauses, now(), now()),
    isConfigured: (account) => queues.has(account),
    trigger: async (target) => await (await dispatch()).trigger(target, 'manual'),
    sweep: async (policy) => await (await dispatch()).sweep(policy, 'manual'),
    queues: async () => (await queues.counts()).map(({ queue, ...counts }) => ({ queue, counts })),
    undo: async (request, signal) =>
      await caller.within(
        async () =>
          await undo({ config, set: await policies(), store, clouds, caller }, request, signal),
      ),
    close: async () => await running.disposeAsync(),
  };
}

/** The service that has the embedded queue to itself answers for it. */
async function refuseOwned(url: string): Promise<void> {
  const owner = await queueOwner(url);
  if (owner === null) return;
  throw new ReconcileError(
    'QUEUE_UNAVAILABLE',
    `Cannot open queue "${url}": ${owner} has it to itself, wanted one process a folder; ask that service with --server URL, or stop it`,
  );
}

/** The policy set, read on the first call. */
function readOnce(
  config: Config,
  options: OpenOptions,
  environment: Environment,
): () => Promise<PolicySet> {
  let reading: Promise<PolicySet> | null = null;
  const read = async (): Promise<PolicySet> => {
    const capabilities = capabilitiesByAccount(config.accounts);
    await using origin = await openOrigin({ ...placeOf(options, config), ...ambient(environment) });
    return (await loadPolicySet(origin, capabilities)).set;
  };
  return () => {
    reading ??= read();
    return reading;
  };
}

interface UndoParts {
  readonly config: Config;
  readonly set: PolicySet;
  readonly store: Store;
  readonly clouds: Clouds;
  readonly caller: Caller;
}

/** Takes a recorded run back, under the guards, pauses and protection that hold for every pass; recorded like one. */
async function undo(parts: UndoParts, request: UndoRequest, signal: AbortSignal): Promise<Report> {
  const { config, set, store, clouds, caller } = parts;
  const run = await recordedRun(store, request.run);
  const { target } = run;
  const provider = providerOf(clouds.providers, target, `undo run "${run.id}" at`);
  const attributes = await provider.describe(target, signal);
  const { now } = clouds;
  // Pausing a target and then taking back what was done to it belong together; freezes and guards still hold, and so
  // does a pause of all deletes, whoever made it: a person's replaces that of the guard.
  const stored = (await store.pauses()).filter(
    ({ by, scope }) => by !== 'cli' || scope.type === 'deletes',
  );
  const pauses = [...stored, ...configuredPauses(config.pauses, now(), now())];
  const pass = {
    target,
    cause: 'undo',
    correlationId: `undo:${run.id}`,
    revision: set.revision,
  } as const;
  const recorder = createRecorder({ store, pass, newId: randomUUID, now });
  const report = await reconcile(
    provider,
    {
      target,
      policies: policiesFor(set, target, attributes),
      attributes,
      guards: config.guards,
      protect: clouds.protect(target.account),
      baseline: (await store.target(target))?.baseline ?? null,
      confirmed: request.confirmed,
      now,
      dryRun: request.dryRun,
      planner: (input) => planUndo(input, run),
    },
    {
      signal,
      hold: (operation) => holdReasonOf(pauses, target, operation),
      ...audited(
        caller.audit,
        { ...caller, ...pass, commit: set.revision, runId: recorder.runId },
        recorder,
      ),
    },
  );
  // The writes are made, so their report must come; history shows the run as not ended.
  await recorder.end().catch(() => undefined);
  return report;
}

async function recordedRun(store: Store, id: string): Promise<Run> {
  const run = await store.run(id);
  if (run !== null) return run;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot undo run "${id}": it is not remembered, wanted a run that history shows`,
  );
}
