import { randomUUID } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceOptions } from '../cli/app.ts';
import type { Clouds } from '../clouds.ts';
import type { Config } from '../config/load.ts';
import { readVersion } from '../config/version.ts';
import { ReconcileError } from '../model/errors.ts';
import { explainTarget } from '../plan/explain.ts';
import { planTarget } from '../plan/plan.ts';
import type { Backend } from '../queue/backend.ts';
import type { Engine } from '../queue/engine.ts';
import { depthsOf } from '../queue/queues.ts';
import type { Deployment } from '../server/api/deployment.ts';
import type { ApiRequest } from '../server/api/mount.ts';
import type { ServerParts } from '../server/app.ts';
import type { HealthCheck } from '../server/health.ts';
import type { PolicySource } from '../sources/policy-source.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import { cleaningPauses } from './clean-pauses.ts';
import type { Holds } from './holds.ts';
import { look } from './look.ts';

/** The HTTP side of a service: health and, with role api, the API. */
export interface Api {
  /** For the server, which listens before there is anything to serve. */
  readonly parts: Omit<ServerParts, 'metrics' | 'scrub'>;
  /** What there is to serve, from now on. */
  serve(running: Running): void;
  /** The service has started. */
  ready(): void;
  /** Tells load balancers to go away and resolves when they had the time; what comes later is refused. */
  drain(wait: boolean): Promise<void>;
}

/** What has begun to run. */
export interface Running {
  readonly backend: Pick<Backend, 'ping'>;
  readonly store: Store;
  readonly clouds: Pick<Clouds, 'providers' | 'protect' | 'now'>;
  readonly source: Pick<PolicySource, 'current' | 'problem'>;
  readonly holds: Pick<Holds, 'inForce'>;
  readonly engine: Pick<Engine, 'trigger' | 'sweep' | 'counts' | 'parked'>;
}

export interface ApiOptions {
  readonly config: Pick<Config, 'server' | 'accounts' | 'guards'>;
  readonly service: Pick<ServiceOptions, 'roles' | 'host'>;
  readonly log: Log;
  /** Blanks secrets in what is kept. */
  readonly scrub: (text: string) => string;
}

/** Prepares what the server needs. Throws CONFIG_INVALID for an API that anybody could reach and nobody may use. */
export function openApi({ config, service, log, scrub }: ApiOptions): Api {
  const hasRole = service.roles.has('api');
  const { adminToken: token, drainMs } = config.server;
  if (hasRole && token === null) refuseOpen(service.host);
  if (hasRole && token === null) log.info({}, 'the API is off: server.adminToken is not set');
  const state: {
    notReady: string | null;
    hasStarted: boolean;
    running: Running | null;
    deployment: Deployment | null;
  } = { notReady: 'starting', hasStarted: false, running: null, deployment: null };
  const now = (): Date => new Date();
  return {
    parts: {
      notReady: () => state.notReady,
      hasStarted: () => state.hasStarted,
      checks: async () => [
        startupCheck(state.notReady),
        ...(state.running === null ? [] : await runningChecks(state.running)),
        apiCheck(hasRole, token !== null),
      ],
      newId: randomUUID,
      api: hasRole
        ? {
            token,
            deployment: () => state.deployment,
            now,
            onRequest: (request) => logRequest(log, request),
          }
        : null,
    },
    serve(running) {
      state.running = running;
      const store = cleaningPauses(running.store, scrub);
      state.deployment = deploymentOf(config, { ...running, store });
    },
    ready() {
      state.notReady = null;
      state.hasStarted = true;
    },
    async drain(wait) {
      state.notReady = 'draining';
      // Nobody balances load over a loopback address.
      if (wait && hasRole && !isLoopback(service.host)) await sleep(drainMs);
      state.deployment = null;
    },
  };
}

function deploymentOf(
  config: ApiOptions['config'],
  { store, clouds, source, holds, engine }: Running,
): Deployment {
  return {
    store,
    accounts: config.accounts.map(({ name }) => name),
    version: readVersion(),
    now: clouds.now,
    policies: () => source.current(),
    policyProblem: () => source.problem(),
    configuredPauses: () => holds.inForce().filter(({ by }) => by === 'config'),
    queues: async () => await depthsOf(engine),
    trigger: async (target, id) => await engine.trigger(target, 'manual', id),
    sweep: async (policy, id) => await engine.sweep(policy, 'manual', id),
    async explain(target, tag, signal) {
      const input = await look({ config, clouds, store, set: source.current() }, target, signal);
      return { input, plan: planTarget(input), explanations: explainTarget(input, tag) };
    },
  };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host === 'localhost';
  return LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function refuseOpen(host: string): void {
  if (isLoopback(host)) return;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot serve role api on "${host}": server.adminToken is not set, wanted a token, a loopback address ` +
      'or a --role without api',
  );
}

function startupCheck(notReady: string | null): HealthCheck {
  return {
    name: 'startup',
    status: notReady === null ? 'ok' : 'failed',
    detail: notReady ?? 'ready',
  };
}

function apiCheck(hasRole: boolean, hasToken: boolean): HealthCheck {
  if (!hasRole) return { name: 'api', status: 'ok', detail: 'off: this process has no role api' };
  return hasToken
    ? { name: 'api', status: 'ok', detail: 'on' }
    : { name: 'api', status: 'warning', detail: 'off: server.adminToken is not set' };
}

async function runningChecks({ backend, source }: Running): Promise<readonly HealthCheck[]> {
  const answers = await backend.ping().then(
    () => true,
    () => false,
  );
  const isNewest = source.problem() === null;
  return [
    {
      name: 'queue',
      status: answers ? 'ok' : 'warning',
      detail: answers ? 'answers' : 'does not answer; work goes on when it does',
    },
    {
      name: 'policies',
      status: isNewest ? 'ok' : 'warning',
      detail: isNewest ? 'the newest are in force' : 'the last good set is in force',
    },
  ];
}

/** What changes something is worth a line, and so is who was turned away. */
function logRequest(log: Log, request: ApiRequest): void {
  const { requestId, operation, method, status, durationMs, fault } = request;
  const told = {
    request_id: requestId,
    operation,
    method,
    status,
    duration_ms: Math.round(durationMs),
  };
  if (fault !== null) log.error({ ...told, error: textOf(fault) }, 'api request failed');
  else if (status === 401) log.warn(told, 'api request without a valid token');
  else if (method === 'GET' || method === 'HEAD' || status === 429) log.debug(told, 'api request');
  else log.info(told, 'api request');
}

function textOf(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : 'thrown without an error';
}
