import { randomUUID } from 'node:crypto';
import type { Service, ServiceOptions } from './cli/app.ts';
import type { Clouds } from './clouds.ts';
import type { Config } from './config/load.ts';
import { readVersion } from './config/version.ts';
import { ReconcileError } from './model/errors.ts';
import type { PolicySet } from './model/policy.ts';
import type { Report } from './model/report.ts';
import { needsAttributes, policiesFor } from './policy/selector.ts';
import type { Provider } from './providers/provider.ts';
import { type Backend, openBackend } from './queue/backend.ts';
import { createEngine, type Engine, type EngineOptions } from './queue/engine.ts';
import { reconcile } from './reconcile.ts';
import { startServer } from './server/app.ts';
import { createPolicySource, type PolicySource } from './sources/policy-source.ts';
import { discoverPolicy } from './sweep.ts';
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

/** Starts queue, scheduler, workers and HTTP as the roles ask; throws when the queue is not safe to use. */
export async function startService(parts: ServiceParts, options: ServiceOptions): Promise<Service> {
  const { config, clouds } = parts;
  const log = createLog({
    level: config.logLevel,
    fields: { version: readVersion(), role: [...options.roles].join(',') },
    scrubber: parts.scrubber,
    write: options.writeLog,
  });
  const metrics = createMetrics(readVersion(), [...clouds.providers.keys()]);
  clouds.onRequest((event) => metrics.recordRequest(event));
  const backend = await openBackend(config.queue.url, { log });
  const source = createSource(parts, metrics, log);
  const engine = createPassEngine({ parts, options, backend, source, metrics, log });
  const state = { ready: false };
  const server = await startServer(options, {
    notReady: () => (state.ready ? null : 'starting or draining'),
    metrics: () => metrics.render(),
  });
  metrics.observeQueues(async () =>
    (await engine.counts()).map(({ queue, ...counts }) => ({ queue, counts })),
  );
  await engine.start();
  state.ready = true;
  log.info({ url: server.url, queue: backend.kind }, 'service started');
  const poll = setInterval(() => void refreshPolicies(source, engine, log), POLICY_POLL_MS);
  return {
    url: server.url,
    trigger: async (target) => await engine.trigger(target, 'manual'),
    async stop(graceMs) {
      state.ready = false;
      clearInterval(poll);
      log.info({ grace_ms: graceMs }, 'service draining');
      await engine.stop({ graceMs });
      await server.close();
      await backend.close();
      log.info({}, 'service stopped');
    },
  };
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
  return createEngine({
    backend,
    roles: options.roles,
    accounts: parts.config.accounts.map(({ name, limits }) => ({
      name,
      concurrency: limits.concurrency,
    })),
    policies: () => source.current(),
    discover: (policy, signal) => discoverPolicy(providers, source.current(), policy, signal),
    reconcile: (request, run) => reconcileRequest(parts, source, request, run),
    onReport: (report) => {
      metrics.recordReport(report);
      logReport(log, report);
      options.onReport(report);
    },
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

/** One job: which policies select the target now, then one pass. */
async function reconcileRequest(
  { config, clouds }: ServiceParts,
  source: PolicySource,
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
  const attributes = await readAttributes(provider, set, request, clouds.now(), signal);
  return await reconcile(
    provider,
    {
      target,
      policies: policiesFor(set, target, attributes),
      attributes,
      guards: config.guards,
      protect: clouds.protect(target.account),
      baseline: null,
      confirmed: new Set(),
      now: clouds.now,
      dryRun: false,
    },
    { signal, checkLease },
  );
}

/** The facts the job carried when they are fresh enough, else a read; null when no rule needs them. */
async function readAttributes(
  provider: Provider,
  set: PolicySet,
  { target, attributes, observedAt }: Parameters<EngineOptions['reconcile']>[0],
  now: Date,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | null> {
  const fresh = observedAt !== null && now.getTime() - observedAt.getTime() < ATTRIBUTES_FRESH_MS;
  if (attributes !== null && fresh) return attributes;
  if (!needsAttributes(set.policies, target.account)) return null;
  return await provider.describe(target, signal);
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
        const { type, tag, policy, rule, because } = operation;
        const write = outcome?.status === 'applied' ? log.info : log.warn;
        write({ target, op: type, tag, policy, rule, because, outcome }, 'operation');
      }
  }
}
