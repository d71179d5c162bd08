import { randomUUID } from 'node:crypto';
import type { Policy, PolicySet } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import type { Discovered, Target } from '../../src/model/target.ts';
import type { EngineOptions, ReconcileRequest, SweepEvent } from '../../src/queue/engine.ts';
import type { Log } from '../../src/queue/log.ts';
import type { Backend } from '../../src/queue/port.ts';

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Line {
  readonly level: keyof Log;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that keeps its lines. */
export function keepingLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: keyof Log): Log['info'] =>
    (fields, message) => {
      lines.push({ level, fields, message });
    };
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

export function unique(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** Polls until the condition holds; rejects after `timeoutMs` naming what never came. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 12_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await pause(10);
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

export function aPolicy(
  name: string,
  overrides: Partial<Pick<Policy, 'schedule' | 'suspend'>> = {},
): Policy {
  return {
    kind: 'ImageTagPolicy',
    name,
    mode: 'sync',
    schedule: { type: 'interval', intervalMs: 3_600_000 },
    suspend: false,
    protect: [],
    limits: { maxChanges: null, maxDeletes: null, maxDeletePercent: null },
    position: { file: `${name}.yaml`, line: 1, column: 1 },
    positions: {},
    exemptions: [],
    targets: [],
    copies: [],
    channels: [],
    promote: [],
    retain: [],
    ...overrides,
  };
}

export function aSet(revision: string, ...policies: readonly Policy[]): PolicySet {
  return { revision: `sha256:${revision}`, policies, tests: [] };
}

export function inSync(target: Target): Report {
  return {
    target,
    name: null,
    provider: 'huawei-swr',
    status: 'in-sync',
    plan: {
      target,
      operations: [],
      findings: [],
      verdict: { safe: true },
      digest: 'sha256:0',
      protect: [],
      listed: 1,
    },
    performed: [],
  };
}

/** One of two writes was made before the signal came. */
export function interrupted(target: Target): Report {
  const operation = (tag: string) =>
    ({
      type: 'delete',
      tag,
      policy: 'shop',
      rule: 'retain[0]',
      mode: 'sync',
      because: 'too old',
      replaces: null,
      makesRoomFor: null,
    }) as const;
  return {
    ...inSync(target),
    status: 'drifted',
    performed: [
      { operation: operation('ci-1'), outcome: { status: 'applied', attempts: 1 } },
      {
        operation: operation('ci-2'),
        outcome: { status: 'skipped', reason: 'the run was cancelled' },
      },
    ],
  } as Report;
}

export function unknown(
  target: Target,
  overrides: Partial<Extract<Report, { status: 'unknown' }>> = {},
): Report {
  return {
    target,
    name: null,
    provider: 'huawei-swr',
    status: 'unknown',
    code: 'PROVIDER_UNAVAILABLE',
    error: 'Cannot list tags: 503',
    retriable: true,
    retryAfterMs: null,
    ...overrides,
  };
}

export interface World {
  readonly options: EngineOptions;
  readonly requests: ReconcileRequest[];
  readonly reports: Report[];
  readonly sweeps: SweepEvent[];
  set: PolicySet;
  targets: readonly Discovered[];
  reconcile: EngineOptions['reconcile'];
}

/** Engine options whose hooks only write down what they were asked. */
export function aWorld(backend: Backend, accounts: readonly string[]): World {
  const world: World = {
    requests: [],
    reports: [],
    sweeps: [],
    set: aSet('1', aPolicy('shop')),
    targets: [],
    reconcile: async ({ target }) => inSync(target),
    options: {
      backend,
      roles: new Set(['scheduler', 'worker']),
      accounts: accounts.map((name) => ({ name, concurrency: 10 })),
      policies: () => world.set,
      async *discover() {
        yield* world.targets;
      },
      async reconcile(request, options) {
        world.requests.push(request);
        return await world.reconcile(request, options);
      },
      onReport: (report) => {
        world.reports.push(report);
      },
      onSweep: (event) => {
        world.sweeps.push(event);
      },
      log: SILENT,
      now: () => new Date(),
      newId: () => randomUUID(),
      random: () => 0.05,
      settings: { lockDurationMs: 4_000, stalledIntervalMs: 500, drainDelayS: 5 },
    },
  };
  return world;
}

export function found(account: string, ...paths: readonly string[]): Discovered[] {
  return paths.map((path) => ({ target: { account, path }, attributes: { name: path } }));
}
