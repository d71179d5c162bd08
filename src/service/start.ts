import { randomUUID } from 'node:crypto';
import type { Service, ServiceOptions } from '../cli/app.ts';
import { type CloudBudgets, type Clouds, createFleetBudgets } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { type Backend, openBackend } from '../queue/backend.ts';
import { createEngine, type Engine } from '../queue/engine.ts';
import { reconcileQueue } from '../queue/jobs.ts';
import { startServer } from '../server/app.ts';
import type { PolicyOrigin } from '../sources/origin.ts';
import type { LoadedSet, PolicySource } from '../sources/policy-source.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Scrubber } from '../telemetry/scrub.ts';
import { type Api, openApi } from './api.ts';
import {
  awaitFirstSet,
  createPolicyRequests,
  type FollowOptions,
  followOrigin,
  type PolicyRequests,
} from './follow-policies.ts';
import { keepHeard } from './heartbeat.ts';
import { type Holds, warnOfEmptyPauses, watchHolds } from './holds.ts';
import { createHooks } from './hooks.ts';
import { inUsePart } from './in-use.ts';
import { logFault, logSweep } from './log.ts';
import { notificationsOf } from './notify.ts';
import { createPass } from './pass.ts';
import { openPolicies } from './policies.ts';
import { refuseSplitEmbedded, unlessAborted } from './starting.ts';
import { createSweeps, type SweepParts } from './sweeps.ts';
import { observeDeployment, openTelemetry, type Telemetry } from './telemetry.ts';
import { timingsOf } from './timings.ts';
import { keepTidy } from './upkeep.ts';

/** What the service is made of, already checked. */
export interface ServiceParts {
  readonly config: Config;
  /** The adapters of all accounts, with budgets that other processes share; the service closes them. */
  readonly openClouds: (budgets: CloudBudgets) => Clouds;
  /** Null: there is no good set yet, and it is to be waited for. */
  readonly initial: LoadedSet | null;
  readonly origin: Pick<PolicyOrigin, 'watch'>;
  readonly loadPolicies: () => Promise<LoadedSet>;
  readonly scrubber: Scrubber;
}

/** A target that was told as overdue is told again after this, should still nothing have come of it. */
const OVERDUE_AGAIN_MS = 10 * 60_000;
/** A pass also waits for the store; with one for each request at once, requests would wait for passes. */
const PASSES_PER_REQUEST = 1.5;

/**
 * Starts HTTP, queue, scheduler and workers as the roles ask. Throws when the queue is not safe to use and, with
 * CANCELLED, when `signal` is aborted meanwhile; what was opened until then is closed.
 */
export async function startService(parts: ServiceParts, options: ServiceOptions): Promise<Service> {
  const { config } = parts;
  refuseSplitEmbedded(config.queue.url, options.roles);
  await using opened = new AsyncDisposableStack();
  const telemetry = await openTelemetry(parts, options);
  opened.defer(async () => await telemetry.close());
  const { log, metrics } = telemetry;
  const scrub = (text: string): string => parts.scrubber.scrub(text);
  const api = openApi({ config, service: options, log, scrub });
  // First: probes are answered while the queue is waited for, and until everything else is closed.
  const server = await startServer(options, {
    ...api.parts,
    metrics: () => metrics.render(),
    scrub,
  });
  opened.defer(async () => await server.close());
  const backend = await openBackend(config.queue.url, {
    log,
    appendOnly: config.queue.appendOnly,
    signal: options.signal,
    telemetry: telemetry.queue,
  });
  opened.defer(async () => await backend.close());
  const grace: Grace = { graceMs: 0, intake: Promise.resolve() };
  const engine = await assemble({
    parts,
    options,
    backend,
    telemetry,
    metrics,
    log,
    opened,
    grace,
    api,
  });
  await unlessAborted(engine.start(), options.signal);
  api.ready();
  log.info({ url: server.url, queue: backend.kind }, 'service started');
  const running = opened.move();
  return {
    url: server.url,
    trigger: async (target) => await engine.trigger(target, 'manual'),
    reportFault(fault, error) {
      metrics.recordFault(fault);
      logFault(log, fault, error);
    },
    async stop(graceMs, drain = false) {
      grace.graceMs = graceMs;
      grace.intake = api.drain(drain);
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
  readonly telemetry: Telemetry;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Takes what must be closed again. */
  readonly opened: AsyncDisposableStack;
  /** How the engine may stop, once that is known. */
  readonly grace: Grace;
  readonly api: Api;
}

interface Grace {
  graceMs: number;
  /** Resolves when nobody asks for work any more. */
  intake: Promise<void>;
}

/** Store, clouds, holds and policies around one engine, which is not started yet. */
async function assemble(assembly: Assembly): Promise<Engine> {
  const { parts, options, backend, metrics, log, opened, grace, api } = assembly;
  const { config } = parts;
  const store = await openStore(backend.storage);
  const clouds = openClouds(assembly, store);
  opened.defer(async () => await clouds.close());
  const { now } = clouds;
  const load = parts.loadPolicies;
  const { signal } = options;
  const initial = parts.initial ?? (await awaitFirstSet({ load, metrics, log, signal, now }));
  const source = openPolicies({ initial, load, metrics, log, now });
  const read = async () => await store.pauses();
  const holds = await watchHolds({ read, configured: config.pauses, now, log });
  opened.defer(() => holds.stop());
  const onPolicies = (): void => {
    const set = source.current();
    metrics.setPolicies(set.policies.map(({ name }) => name));
    metrics.setTimings(timingsOf(set.policies, now()));
    warnOfEmptyPauses([...config.pauses, ...holds.inForce()], set, log);
  };
  onPolicies();
  const requests = createPolicyRequests(() => followers);
  const engine = createPassEngine({ ...assembly, clouds, source, store, holds, requests });
  const followers: FollowOptions = { source, engine, log, now, onNew: onPolicies };
  const policies = () => source.current();
  const { roles } = options;
  const hooks = createHooks({
    config: config.hookServer,
    roles,
    engine,
    store,
    policies,
    metrics,
    log,
    now,
  });
  // Before the engine's: deliveries are taken while it drains, and refused with 503 after that.
  opened.defer(async () => await hooks.close());
  opened.defer(async () => await engine.stop(grace));
  await hooks.open();
  api.serve({ backend, store, clouds, source, holds, engine });
  observeDeployment(metrics, { backend, engine, store, holds, now });
  opened.defer(followOrigin(parts.origin, followers));
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
  readonly requests: PolicyRequests;
}

function roomOf({ heap }: Pick<ServiceOptions, 'heap'>): Pick<SweepParts, 'roomForSweep'> {
  return heap === undefined ? {} : { roomForSweep: () => heap.forSweep() };
}

function createPassEngine(assembly: EngineParts): Engine {
  const { parts, options, backend, telemetry, opened, clouds, source, store, holds } = assembly;
  const { metrics, log } = telemetry;
  const { config } = parts;
  const { now } = clouds;
  const newId = randomUUID;
  const process = newId();
  if (options.roles.has('worker')) opened.defer(keepHeard(store, process));
  const scrub = (text: string): string => parts.scrubber.scrub(text);
  const notifications = notificationsOf({ config, metrics, log, now, newId, scrub });
  opened.defer(async () => await notifications.close());
  const { observer } = telemetry;
  const shared = { config, clouds, source, store, log, observer, notifications };
  const accounts = config.accounts.map(({ name, limits }) => ({
    name,
    concurrency: Math.ceil(limits.concurrency * PASSES_PER_REQUEST),
  }));
  if (options.roles.has('worker'))
    for (const { name, concurrency } of accounts)
      metrics.recordSlots(reconcileQueue(name), concurrency);
  return createEngine({
    backend,
    roles: options.roles,
    accounts,
    policies: () => source.current(),
    ...assembly.requests,
    openSweep: createSweeps({ ...shared, ...roomOf(options) }),
    reconcile: createPass({
      ...shared,
      holds,
      ...inUsePart(config.inUse, store, now),
      audit: telemetry.audit,
      process,
      newId,
      random: Math.random,
    }),
    overdue: async (limit) =>
      await store.takeOverdue({ now: now(), limit, againMs: OVERDUE_AGAIN_MS }),
    onReport: (report) => options.onReport(report),
    onTick: () => metrics.recordTick(now()),
    onSynced: (isSynced) => metrics.recordSynced(isSynced),
    onSweep: (event) => {
      metrics.recordSweep(event.error === null ? 'ok' : 'failed', event);
      logSweep(log, event);
    },
    onEvent: ({ type }) => metrics.recordJob(type),
    log,
    now,
    newId,
  });
}
