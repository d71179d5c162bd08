import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface RequestEvent {
  readonly account: string;
  readonly method: string;
  /** HTTP status; null: no answer. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** What befalls an account apart from single requests. */
export type CloudEvent = { readonly account: string } & (
  | { readonly type: 'waited'; readonly waitMs: number }
  | { readonly type: 'circuit'; readonly open: boolean }
  | { readonly type: 'budget-silent' }
  | { readonly type: 'pace'; readonly requestsPerSecond: number; readonly concurrency: number }
  | { readonly type: 'unauthorized'; readonly reason: (typeof UNAUTHORIZED)[number] }
);

/** What a cloud refused: who asked, or what was asked for. */
const UNAUTHORIZED = ['credentials', 'permission'] as const;

/** Metrics of what the clouds were asked and how they took it. */
export interface CloudMetrics {
  recordRequest(event: RequestEvent): void;
  recordCloud(event: CloudEvent): void;
}

const REQUEST_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WAIT_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Statuses that somebody asks for by number; a server may invent any other. */
const NAMED: ReadonlySet<number> = new Set([
  200, 201, 202, 204, 400, 401, 403, 404, 409, 412, 422, 429, 500, 502, 503, 504,
]);

/** Adds the metrics to the registry, every account at 0. */
export function createCloudMetrics(registry: Registry, accounts: readonly string[]): CloudMetrics {
  return { ...requestPart(registry), ...accountPart(registry, accounts) };
}

function requestPart(registry: Registry): Pick<CloudMetrics, 'recordRequest'> {
  const registers = [registry];
  const total = new Counter({
    name: 'tagwarden_registry_requests_total',
    help: 'Requests to cloud APIs; code: the HTTP status, its class (such as 4xx) for a rare one, "none" when no answer came',
    labelNames: ['registry', 'method', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'tagwarden_registry_request_duration_seconds',
    help: 'Time from sending a request to a cloud API to its last byte; code: class of the HTTP status, "none" when no answer came',
    labelNames: ['registry', 'method', 'code'],
    buckets: REQUEST_BUCKETS_S,
    registers,
  });
  return {
    recordRequest({ account: registryName, method, status, durationMs }) {
      total.inc({ registry: registryName, method, code: codeOf(status) });
      const asked = { registry: registryName, method, code: classOf(status) };
      seconds.observe(asked, durationMs / 1_000);
    },
  };
}

function codeOf(status: number | null): string {
  return status !== null && NAMED.has(status) ? String(status) : classOf(status);
}

function classOf(status: number | null): string {
  if (status === null) return 'none';
  return status >= 200 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other';
}

function accountPart(
  registry: Registry,
  accounts: readonly string[],
): Pick<CloudMetrics, 'recordCloud'> {
  const registers = [registry];
  const circuit = new Gauge({
    name: 'tagwarden_registry_circuit_open',
    help: '1 while most requests of an account fail and this process asks nothing but a probe, else 0',
    labelNames: ['registry'],
    registers,
  });
  const waits = new Histogram({
    name: 'tagwarden_ratelimit_wait_seconds',
    help: 'Time a request waited for its turn in the budget of its account',
    labelNames: ['registry'],
    buckets: WAIT_BUCKETS_S,
    registers,
  });
  const silences = new Counter({
    name: 'tagwarden_ratelimit_fallbacks_total',
    help: 'Times the shared request budget did not answer, so that this process kept the rate by itself',
    labelNames: ['registry'],
    registers,
  });
  const { rate, slots } = paceGauges(registry);
  const unauthorized = unauthorizedCounter(registry, accounts);
  for (const account of accounts) {
    circuit.set({ registry: account }, 0);
    waits.zero({ registry: account });
    silences.inc({ registry: account }, 0);
  }
  return {
    recordCloud(event) {
      const label = { registry: event.account };
      switch (event.type) {
        case 'waited':
          return waits.observe(label, event.waitMs / 1_000);
        case 'circuit':
          return circuit.set(label, event.open ? 1 : 0);
        case 'budget-silent':
          return silences.inc(label);
        case 'unauthorized':
          return unauthorized.inc({ ...label, reason: event.reason });
        case 'pace':
          rate.set(label, event.requestsPerSecond);
          return slots.set(label, event.concurrency);
      }
    },
  };
}

function paceGauges(registry: Registry): { readonly rate: Gauge; readonly slots: Gauge } {
  const registers = [registry];
  const rate = new Gauge({
    name: 'tagwarden_ratelimit_requests_per_second',
    help: 'Requests a second that an account is asked at most, as of the last answer: fewer than configured while its cloud throttles; not there until that first happens',
    labelNames: ['registry'],
    registers,
  });
  const slots = new Gauge({
    name: 'tagwarden_ratelimit_concurrency',
    help: 'Requests of this process to an account in flight at most, as of the last answer: fewer than configured while its cloud throttles or is slow; not there until that first happens',
    labelNames: ['registry'],
    registers,
  });
  return { rate, slots };
}

function unauthorizedCounter(registry: Registry, accounts: readonly string[]): Counter {
  const unauthorized = new Counter({
    name: 'tagwarden_registry_unauthorized_total',
    help: 'Calls that failed because the cloud of an account refused its credentials or a permission; while credentials are refused most of them fail unsent',
    labelNames: ['registry', 'reason'],
    registers: [registry],
  });
  for (const account of accounts)
    for (const reason of UNAUTHORIZED) unauthorized.inc({ registry: account, reason }, 0);
  return unauthorized;
}
