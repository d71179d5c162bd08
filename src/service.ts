import { randomUUID } from 'node:crypto';
import type { Role, Service, ServiceOptions } from './cli/app.ts';
import type { Clouds } from './clouds.ts';
import type { Config } from './config/load.ts';
import { readVersion } from './config/version.ts';
import { ReconcileError } from './model/errors.ts';
import type { PolicySet } from './model/policy.ts';
import type { Report } from './model/report.ts';
import { type Attributes, targetKey } from './model/target.ts';
import { needsAttributes, policiesFor } from './policy/selector.ts';
import type { Provider } from './providers/provider.ts';
import { type Backend, openBackend } from './queue/backend.ts';
import { createEngine, type Engine, type EngineOptions, type SweepEvent } from './queue/engine.ts';
import { reconcile } from './reconcile.ts';
import { startServer } from './server/app.ts';
import { createPolicySource, type PolicySource } from './sources/policy-source.ts';
import { discoverPolicy, unknownReport } from './sweep.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { Scrubber } from './telemetry/scrub.ts';

/** What the service is made of, already checked. */
export interface ServiceParts {
  readonly config: Config;
  readonly clouds: Clouds;
  readonly initial: PolicySet;
  readonly loadPolicies: () => Promise<PolicySet>;
  readonly scrubber: Scrubber;
}

/** How often the policy folder is read again. */
const POLICY_POLL_MS = 10_000;
/** Facts seen at discovery are used for selection this long; older ones are read again. */
const ATTRIBUTES_FRESH_MS = 15 * 60_000;
const START_CANCELLED = 'Cannot start the service: it was told to stop meanwhile, wanted no signal';

/**
 * Starts HTTP, queue, scheduler and workers as the roles ask. Throws when the queue is not safe to use and, with
 * CANCELLED, when `signal` is aborted meanwhile; what was opened until then is closed.
 */
export async function startService(parts: ServiceParts, options: ServiceOptions): Promise<Service> {
  const { config, clouds } = parts;
  refuseSplitEmbedded(config.queue.url, options.roles);
  const log = createLog({
    level: config.logLevel,
    fields: { version: readVersion(), role: [...options.roles].join(',') },
    scrubber: parts.scrubber,
    write: options.writeLog,
  });
  const metrics = createMetrics(readVersion(), [...clouds.providers.keys()]);
  clouds.onRequest((event) => metrics.recordRequest(event));
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
  const source = createSource(parts, metrics, log);
  const engine = createPassEngine({ parts, options, backend, source, metrics, log });
  const grace = { graceMs: 0 };
  opened.defer(async () => await engine.stop(grace));
  metrics.observeQueues(async () =>
    (await engine.counts()).map(({ queue, ...counts }) => ({ queue, counts })),
  );
  await unlessAborted(engine.start(), options.signal);
  state.notReady = null;
  log.info({ url: server.url, queue: backend.kind }, 'service started');
  const poll = setInterval(() => void refreshPolicies(source, engine, log), POLICY_POLL_MS);
  opened.defer(() => clearInterval(poll));
  const running = opened.move();
  return {
    url: server.url,
    trigger: async (target) => await engine.trigger(target, 'manual'),
    async stop(graceMs) {
      state.notReady = 'draining';
      grace.graceMs = graceMs;
      log.info({ grace_ms: graceMs }, 'service draining');
      await running.disposeAsync();
      log.info({}, 'service stopped');
    },
  };
}

/** One process has the embedded queue to itself: a role it lacks would be played by nobody. */
function refuseSplitEmbedded(url: string, roles: ReadonlySet<Role>): void {
  if (!url.startsWith('embedded:') || (roles.has('scheduler') && roles.has('worker'))) return;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot run role "${[...roles].join(',')}" on the embedded queue: no other process can share it, wanted --role all, ` +
      'or queue.url redis://… to split roles',
  );
}

/** Rejects with CANCELLED as soon as the signal is aborted; what the work comes to then is nobody's concern. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const heard = new AbortController();
  const aborted = new Promise<never>((_, fail) => {
    const stop = (): void => fail(new ReconcileError('CANCELLED', START_CANCELLED));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true, signal: heard.signal });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    heard.abort();
  }
}

interface EngineParts {
  readonly parts: ServiceParts;
  readonly options: ServiceOptions;
  readonly backend: Backend;
  readonly source: PolicySource;
  readonly metrics: Metrics;
  readonly log: Log;
}

function createPassEngine({ parts, options, backend, source, metrics, log }: EngineParts): Engine {
  const { providers, now } = parts.clouds;
  const baselines = new Map<string, number>();
  return createEngine({
    backend,
    roles: options.roles,
    accounts: parts.config.accounts.map(({ name, limits }) => ({
      name,
      concurrency: limits.concurrency,
    })),
    policies: () => source.current(),
    discover: (policy, signal) => discoverPolicy(providers, source.current(), policy, signal),
    reconcile: (request, run) => reconcileRequest({ parts, source, baselines }, request, run),
    onReport: (report) => {
      metrics.recordReport(report);
      logReport(log, report);
      options.onReport(report);
    },
    onSweep: (event) => {
      metrics.recordSweep(event.error === null ? 'ok' : 'failed');
      logSweep(log, event);
    },
    onEvent: ({ type }) => metrics.recordJob(type),
    log,
    now,
    newId: randomUUID,
  });
}

async function refreshPolicies(source: PolicySource, engine: Engine, log: Log): Promise<void> {
  try {
    if (await source.refresh()) await engine.refresh();
  } catch (error) {
    // The schedulers are compared again on a timer, so this is only lateness.
    log.warn({ error: String(error) }, 'schedulers do not follow the new policies yet');
  }
}

function createSource(parts: ServiceParts, metrics: Metrics, log: Log): PolicySource {
  const { now } = parts.clouds;
  metrics.recordPolicyLoad('ok', parts.initial.revision, now());
  return createPolicySource({
    initial: parts.initial,
    load: async () => {
      try {
        const loaded = await parts.loadPolicies();
        metrics.recordPolicyLoad('ok', loaded.revision, now());
        return loaded;
      } catch (error) {
        metrics.recordPolicyLoad('invalid', null, now());
        throw error;
      }
    },
    onLoad(result, detail) {
      if (result === 'ok') log.info({ revision: detail }, 'policy set loaded');
      else log.error({ error: detail }, 'policy set refused; the last good one stays in force');
    },
  });
}

interface PassParts {
  readonly parts: ServiceParts;
  readonly source: PolicySource;
  /** Tags of each target after its last complete pass in this process, for the shrink guard. */
  readonly baselines: Map<string, number>;
}

/** One job: which policies select the target now, then one pass. */
async function reconcileRequest(
  { parts: { config, clouds }, source, baselines }: PassParts,
  request: Parameters<EngineOptions['reconcile']>[0],
  { signal, checkLease }: Parameters<EngineOptions['reconcile']>[1],
): Promise<Report> {
  const { target } = request;
  const provider = clouds.providers.get(target.account);
  if (provider === undefined) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      `Cannot reconcile "${target.account}/${target.path}": the account is not configured here, wanted one of ` +
        [...clouds.providers.keys()].join(', '),
    );
  }
  const set = source.current();
  let attributes: Attributes | null;
  try {
    attributes = await readAttributes(provider, set, request, clouds.now(), signal);
  } catch (error) {
    return unknownReport(provider, target, error);
  }
  const key = targetKey(target);
  const report = await reconcile(
    provider,
    {
      target,
      policies: policiesFor(set, target, attributes),
      attributes,
      guards: config.guards,
      protect: clouds.protect(target.account),
      baseline: baselines.get(key) ?? null,
      confirmed: new Set(),
      now: clouds.now,
      dryRun: false,
    },
    { signal, checkLease },
  );
  // A refused plan leaves the figure it was refused by.
  if (report.status === 'in-sync' || report.status === 'drifted') {
    baselines.set(key, remaining(report));
  }
  return report;
}

/** Tags at the target after the pass, as far as its outcomes tell. */
function remaining({ plan, performed }: Extract<Report, { plan: unknown }>): number {
  return performed.reduce((count, { operation, outcome }) => {
    if (outcome?.status !== 'applied') return count;
    if (operation.type === 'delete') return count - 1;
    return operation.replaces === null ? count + 1 : count;
  }, plan.listed);
}

/** The facts the job carried when they are fresh enough, else a read; null when no rule needs them. */
async function readAttributes(
  provider: Provider,
  set: PolicySet,
  { target, attributes, observedAt }: Parameters<EngineOptions['reconcile']>[0],
  now: Date,
  signal: AbortSignal,
): Promise<Attributes | null> {
  const fresh = observedAt !== null && now.getTime() - observedAt.getTime() < ATTRIBUTES_FRESH_MS;
  if (attributes !== null && fresh) return attributes;
  if (!needsAttributes(set.policies, target.account)) return null;
  return await provider.describe(target, signal);
}

function logSweep(log: Log, { policy, targets, correlationId, error }: SweepEvent): void {
  const told = { policy, targets, correlation_id: correlationId };
  if (error === null) log.debug(told, 'policy swept');
  else log.error({ ...told, error }, 'sweep broke off');
}

function logReport(log: Log, report: Report): void {
  const target = `${report.target.account}/${report.target.path}`;
  switch (report.status) {
    case 'in-sync':
      log.debug({ target }, 'target in sync');
      return;
    case 'unknown':
      log.warn({ target, code: report.code, error: report.error }, 'target unknown');
      return;
    case 'refused':
      log.error({ target, verdict: report.plan.verdict }, 'plan refused');
      return;
    case 'drifted':
      for (const { operation, outcome } of report.performed) {
        const { type, tag, policy, rule, because, replaces } = operation;
        const value = operation.type === 'delete' ? null : operation.value;
        const from = operation.type === 'copy' ? operation.from : null;
        const write = outcome?.status === 'applied' ? log.info : log.warn;
        write(
          { target, op: type, tag, from, value, replaces, policy, rule, because, outcome },
          'operation',
        );
      }
  }
}
