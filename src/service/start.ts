import { randomUUID } from 'node:crypto';
import type { Service, ServiceOptions } from '../cli/app.ts';
import { type CloudBudgets, type Clouds, createFleetBudgets } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { readVersion } from '../config/version.ts';
import type { PolicySet } from '../model/policy.ts';
import { type Backend, openBackend } from '../queue/backend.ts';
import { createEngine, type Engine } from '../queue/engine.ts';
import { repeatEvery } from '../queue/timer.ts';
import { startServer } from '../server/app.ts';
import type { PolicySource } from '../sources/policy-source.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { discoverPolicy } from '../sweep.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import type { Scrubber } from '../telemetry/scrub.ts';
import { type Holds, warnOfEmptyPauses, watchHolds } from './holds.ts';
import { logFault, logSweep } from './log.ts';
import { createPass } from './pass.ts';
import { openPolicies, refreshPolicies } from './policies.ts';
import { refuseSplitEmbedded, unlessAborted } from './starting.ts';
import { keepTidy } from './upkeep.ts';

/** What the service is made of, already checked. */
export interface ServiceParts {
  readonly config: Config;
  /** The adapters of all accounts, with budgets that other processes share; the service closes them. */
  readonly openClouds: (budgets: CloudBudgets) => Clouds;
  readonly initial: PolicySet;
  readonly loadPolicies: () => Promise<PolicySet>;
  readonly scrubber: Scrubber;
}

/** How often the policy folder is read again. */
const POLICY_POLL_MS = 10_000;
/** A target that was told as overdue is told again after this, should still nothing have come of it. */
const OVERDUE_AGAIN_MS = 10 * 60_000;

/**
 * Starts HTTP, queue, scheduler and workers as the roles ask. Throws when the queue is not safe to use and, with
 * CANCELLED, when `signal` is aborted meanwhile; what was opened until then is closed.
 */
export async function startService(parts: ServiceParts, options: ServiceOptions): Promise<Service> {
  const { config } = parts;
  refuseSplitEmbedded(config.queue.url, options.roles);
  const log = createLog({
    level: config.logLevel,
    fields: { version: readVersion(), role: [...options.roles].join(',') },
    scrubber: parts.scrubber,
    write: options.writeLog,
  });
  const accounts = config.accounts.map(({ name }) => name);
  const metrics = createMetrics(readVersion(), accounts);
  await using opened = new AsyncDisposableStack();
  const state: { notReady: string | null } = { notReady: 'starting' };
  // First: probes are answered while the queue is waited for, and until everything else is closed.
  const server = await startServer(options, {
    notReady: () => state.notReady,
    metrics: () => metrics.render(),
  });
  opened.defer(async () => await server.close());
  const backend = await openBackend(config.queue.url, { log, signal: options.signal });
  opened.defer(async () => await backend.close());
  const grace = { graceMs: 0 };
  const engine = await assemble({ parts, options, backend, metrics, log, opened, grace });
  await unlessAborted(engine.start(), options.signal);
  state.notReady = null;
  log.info({ url: server.url, queue: backend.kind }, 'service started');
  const running = opened.move();
  return {
    url: server.url,
    trigger: async (target) => await engine.trigger(target, 'manual'),
    reportFault(fault, error) {
      metrics.recordFault(fault);
      logFault(log, fault, error);
    },
    async stop(graceMs) {
      state.notReady = 'draining';
      grace.graceMs = graceMs;
      log.info({ grace_ms: graceMs }, 'service draining');
      await running.disposeAsync();
      log.info({}, 'service stopped');
    },
  };
}

interface Assembly {
  readonly parts: ServiceParts;
  readonly options: ServiceOptions;
  readonly backend: Backend;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Takes what must be closed again. */
  readonly opened: AsyncDisposableStack;
  /** How long the engine may take to stop, once that is known. */
  readonly grace: { graceMs: number };
}

/** Store, clouds, holds and policies around one engine, which is not started yet. */
async function assemble(assembly: Assembly): Promise<Engine> {
  const { parts, options, backend, metrics, log, opened, grace } = assembly;
  const { config } = parts;
  const store = await openStore(backend.storage);
  const clouds = openClouds(assembly, store);
  opened.defer(async () => await clouds.close());
  const { now } = clouds;
  const source = openPolicies({
    initial: parts.initial,
    load: parts.loadPolicies,
    metrics,
    log,
    now,
  });
  const read = async () => await store.pauses();
  const holds = await watchHolds({ read, configured: config.pauses, now, log });
  opened.defer(() => holds.stop());
  const warnOfPauses = (): void =>
    warnOfEmptyPauses([...config.pauses, ...holds.inForce()], source.current(), log);
  warnOfPauses();
  const engine = createPassEngine({ ...assembly, clouds, source, store, holds });
  opened.defer(async () => await engine.stop(grace));
  metrics.observeQueues(async () =>
    (await engine.counts()).map(({ queue, ...counts }) => ({ queue, counts })),
  );
  metrics.observeTargets(async () => await store.counts(now()));
  metrics.observePauses(() => holds.inForce());
  opened.defer(
    repeatEvery(
      POLICY_POLL_MS,
      async () => await refreshPolicies(source, { engine, log, onNew: warnOfPauses }),
      () => {},
    ),
  );
  if (options.roles.has('scheduler')) opened.defer(keepTidy(store, { now, log }));
  return engine;
}

function openClouds({ parts, backend, metrics }: Assembly, store: Store): Clouds {
  const budgets = createFleetBudgets(store, parts.config.guards);
  // Nobody shares the accounts with a process that has its queue to itself.
  const clouds = parts.openClouds(
    backend.kind === 'embedded' ? { ...budgets, reserve: null } : budgets,
  );
  clouds.onRequest((event) => metrics.recordRequest(event));
  clouds.onEvent((event) => metrics.recordCloud(event));
  return clouds;
}

interface EngineParts extends Assembly {
  readonly clouds: Clouds;
  readonly source: PolicySource;
  readonly store: Store;
  readonly holds: Holds;
}

function createPassEngine(assembly: EngineParts): Engine {
  const { parts, options, backend, metrics, log, clouds, source, store, holds } = assembly;
  const { config } = parts;
  const { providers, now } = clouds;
  const newId = randomUUID;
  return createEngine({
    backend,
    roles: options.roles,
    accounts: config.accounts.map(({ name, limits }) => ({
      name,
      concurrency: limits.concurrency,
    })),
    policies: () => source.current(),
    discover: (policy, signal) => discoverPolicy(providers, source.current(), policy, signal),
    reconcile: createPass({
      config,
      clouds,
      source,
      store,
      holds,
      log,
      newId,
      random: Math.random,
    }),
    overdue: async (limit) =>
      await store.takeOverdue({ now: now(), limit, againMs: OVERDUE_AGAIN_MS }),
    onReport: (report) => {
      metrics.recordReport(report);
      options.onReport(report);
    },
    onSweep: (event) => {
      metrics.recordSweep(event.error === null ? 'ok' : 'failed');
      logSweep(log, event);
    },
    onEvent: ({ type }) => metrics.recordJob(type),
    log,
    now,
    newId,
  });
}
