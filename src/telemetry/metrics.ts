import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Report } from '../model/report.ts';
import { readInTime } from './in-time.ts';
import { createStateMetrics, type StateMetrics } from './state-metrics.ts';

/** Waiting, active and other jobs of one queue. */
export interface QueueDepth {
  readonly queue: string;
  readonly counts: Readonly<Record<string, number>>;
}

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
);

/** The instance's metrics; labels come from bounded sets only, never from a tag or target. */
export interface Metrics extends Omit<StateMetrics, 'recordGuards'> {
  recordReport(report: Report): void;
  recordRequest(event: RequestEvent): void;
  recordCloud(event: CloudEvent): void;
  recordSweep(result: (typeof SWEEP_RESULTS)[number]): void;
  recordJob(event: keyof typeof JOB_EVENTS): void;
  recordPolicyLoad(result: 'ok' | 'invalid', revision: string | null, now: Date): void;
  /** Called on each scrape to read the queue depths. */
  observeQueues(read: () => Promise<readonly QueueDepth[]>): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const SWEEP_RESULTS = ['ok', 'failed'] as const;
/** What befalls jobs, beyond their results. */
const JOB_EVENTS = {
  stalled: 'Jobs taken over from a worker that crashed',
  'lock-lost': 'Jobs whose worker could not renew their lock',
  throttled: 'Jobs put back because the provider asked for fewer requests',
  parked: 'Jobs that another version wrote, kept as failed',
  quarantined: 'Targets left alone for an hour because their passes took workers down',
  overdue: 'Targets enqueued again because their policies had not come back to them',
} as const;
const REPORT_RESULTS = ['in-sync', 'drifted', 'refused', 'unknown'] as const;
const WAIT_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DURATION_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Creates the registry with every known label combination at 0. */
export function createMetrics(version: string, accounts: readonly string[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'tagwarden_build_info',
    help: 'Version of the running build; always 1',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version, node_version: process.version }, 1);
  const reports = createReportMetrics(registry, accounts);
  const requests = createRequestMetrics(registry);
  const clouds = createCloudMetrics(registry, accounts);
  const policies = createPolicyMetrics(registry);
  const { recordGuards, ...states } = createStateMetrics(registry);
  return {
    ...states,
    recordReport(report) {
      reports.recordReport(report);
      recordGuards(report);
    },
    ...requests,
    ...clouds,
    ...policies,
    ...createJobMetrics(registry),
    observeQueues: (read) => observeQueues(registry, read),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function createReportMetrics(
  registry: Registry,
  accounts: readonly string[],
): Pick<Metrics, 'recordReport'> {
  const registers = [registry];
  const reconciles = new Counter({
    name: 'tagwarden_reconciles_total',
    help: 'Passes by account and result',
    labelNames: ['account', 'result'],
    registers,
  });
  const ops = new Counter({
    name: 'tagwarden_ops_total',
    help: 'Operations by account, type and outcome',
    labelNames: ['account', 'op', 'result'],
    registers,
  });
  for (const account of accounts) {
    for (const result of REPORT_RESULTS) reconciles.inc({ account, result }, 0);
    for (const op of ['add', 'copy', 'delete'])
      for (const result of ['applied', 'failed', 'skipped']) ops.inc({ account, op, result }, 0);
  }
  return {
    recordReport(report) {
      const { account } = report.target;
      reconciles.inc({ account, result: report.status });
      if (report.status === 'unknown') return;
      for (const { operation, outcome } of report.performed) {
        if (outcome) ops.inc({ account, op: operation.type, result: outcome.status });
      }
    },
  };
}

function createRequestMetrics(registry: Registry): Pick<Metrics, 'recordRequest'> {
  const registers = [registry];
  const total = new Counter({
    name: 'tagwarden_registry_requests_total',
    help: 'Requests to cloud APIs by account, method and status; code 0: no answer',
    labelNames: ['account', 'method', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'tagwarden_registry_request_duration_seconds',
    help: 'Time from sending a request to a cloud API to its last byte',
    labelNames: ['account', 'method'],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  return {
    recordRequest({ account, method, status, durationMs }) {
      total.inc({ account, method, code: String(status ?? 0) });
      seconds.observe({ account, method }, durationMs / 1_000);
    },
  };
}

function createCloudMetrics(
  registry: Registry,
  accounts: readonly string[],
): Pick<Metrics, 'recordCloud'> {
  const registers = [registry];
  const circuit = new Gauge({
    name: 'tagwarden_registry_circuit_open',
    help: '1 while most requests of an account fail and this process asks nothing but a probe, else 0',
    labelNames: ['account'],
    registers,
  });
  const waits = new Histogram({
    name: 'tagwarden_ratelimit_wait_seconds',
    help: 'Time a request waited for its turn in the budget of its account',
    labelNames: ['account'],
    buckets: WAIT_BUCKETS_S,
    registers,
  });
  const silences = new Counter({
    name: 'tagwarden_ratelimit_fallbacks_total',
    help: 'Times the shared request budget did not answer, so that this process kept the rate by itself',
    labelNames: ['account'],
    registers,
  });
  for (const account of accounts) {
    circuit.set({ account }, 0);
    waits.zero({ account });
    silences.inc({ account }, 0);
  }
  return {
    recordCloud(event) {
      const { account } = event;
      switch (event.type) {
        case 'waited':
          return waits.observe({ account }, event.waitMs / 1_000);
        case 'circuit':
          return circuit.set({ account }, event.open ? 1 : 0);
        case 'budget-silent':
          return silences.inc({ account });
      }
    },
  };
}

function createJobMetrics(registry: Registry): Pick<Metrics, 'recordSweep' | 'recordJob'> {
  const registers = [registry];
  const sweeps = new Counter({
    name: 'tagwarden_sweeps_total',
    help: 'Sweeps of policies by result; failed: an account could not be listed to the end',
    labelNames: ['result'],
    registers,
  });
  for (const result of SWEEP_RESULTS) sweeps.inc({ result }, 0);
  const counter = (name: string, event: keyof typeof JOB_EVENTS): Counter =>
    new Counter({ name: `tagwarden_${name}_total`, help: JOB_EVENTS[event], registers });
  const jobs = {
    stalled: counter('jobs_stalled', 'stalled'),
    'lock-lost': counter('jobs_lock_lost', 'lock-lost'),
    throttled: counter('jobs_throttled', 'throttled'),
    parked: counter('jobs_parked', 'parked'),
    quarantined: counter('jobs_poisoned', 'quarantined'),
    overdue: counter('targets_overdue', 'overdue'),
  } satisfies Record<keyof typeof JOB_EVENTS, Counter>;
  return {
    recordSweep: (result) => sweeps.inc({ result }),
    recordJob: (event) => jobs[event].inc(),
  };
}

function createPolicyMetrics(registry: Registry): Pick<Metrics, 'recordPolicyLoad'> {
  const registers = [registry];
  const loads = new Counter({
    name: 'tagwarden_policy_loads_total',
    help: 'Attempts to load the policy set by result',
    labelNames: ['result'],
    registers,
  });
  const lastGood = new Gauge({
    name: 'tagwarden_policy_last_good_timestamp_seconds',
    help: 'When the policy set was last loaded without an error',
    registers,
  });
  const revisionInfo = new Gauge({
    name: 'tagwarden_policy_revision_info',
    help: 'Revision of the active policy set; always 1',
    labelNames: ['short_sha'],
    registers,
  });
  for (const result of ['ok', 'invalid']) loads.inc({ result }, 0);
  return {
    recordPolicyLoad(result, revision, now) {
      loads.inc({ result });
      if (result !== 'ok' || revision === null) return;
      lastGood.set(now.getTime() / 1_000);
      revisionInfo.reset();
      revisionInfo.set({ short_sha: revision.replace('sha256:', '').slice(0, 12) }, 1);
    },
  };
}

function observeQueues(registry: Registry, read: () => Promise<readonly QueueDepth[]>): void {
  const up = new Gauge({
    name: 'tagwarden_queue_up',
    help: '1 when the queue answered this scrape, else 0 and no tagwarden_queue_jobs',
    registers: [registry],
  });
  new Gauge({
    name: 'tagwarden_queue_jobs',
    help: 'Jobs by queue and state',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      const depths = await readInTime(read);
      up.set(depths === null ? 0 : 1);
      for (const { queue, counts } of depths ?? [])
        for (const [state, count] of Object.entries(counts)) this.set({ queue, state }, count);
    },
  });
}
