import { Counter, Histogram, type Registry } from 'prom-client';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import type { Outcome, Report } from '../model/report.ts';

/** The parts of a pass that take time. */
export const PHASES = ['list', 'plan', 'apply', 'total'] as const;
export type Phase = (typeof PHASES)[number];

/** One pass, beyond its report. */
export interface PassEvent {
  readonly report: Report;
  /** Names of the policies that selected the target. */
  readonly policies: readonly string[];
  /** Kind of event that asked for the pass, and how long ago; null: no event did. */
  readonly event: { readonly provider: string; readonly ageMs: number } | null;
}

/** Metrics of passes and of what they wrote. */
export interface PassMetrics {
  recordPass(event: PassEvent): void;
  recordPhase(phase: Phase, durationMs: number): void;
  /** Policies in force: theirs are at 0 from the start, those of others end. */
  setPolicies(names: readonly string[]): void;
}

const RESULTS = ['success', 'noop', 'retry', 'failed', 'guarded', 'aborted'] as const;
type Result = (typeof RESULTS)[number];
const OP_RESULTS = ['ok', 'retry', 'failed', 'skipped'] as const;
const OP_TYPES = ['add', 'copy', 'promote', 'delete'] as const;
const DURATION_BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const SYNC_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
/** Kinds of hook and of policy source; an event of any other is counted as one of these. */
const EVENT_PROVIDERS = ['hook', 'revision'] as const;
/** What a listing that broke off says, and how it is counted. */
const INCOMPLETE = {
  too_large: /too large/,
  malformed: /malformed|missing or/,
  unstable: /stable listing|walks/,
} as const;
const INCOMPLETE_REASONS = [...Object.keys(INCOMPLETE), 'other'];

/** Adds the metrics to the registry, every known label at 0. */
export function createPassMetrics(registry: Registry, accounts: readonly string[]): PassMetrics {
  const registers = [registry];
  const durations = new Histogram({
    name: 'tagwarden_reconcile_duration_seconds',
    help: 'Time a pass took, by phase; a pass that plans anew under way counts its phases again',
    labelNames: ['phase'],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  for (const phase of PHASES) durations.zero({ phase });
  // Each pass counts three of them: made once, not for each observation.
  const ofPhase = {
    list: durations.labels('list'),
    plan: durations.labels('plan'),
    apply: durations.labels('apply'),
    total: durations.labels('total'),
  } satisfies Record<Phase, unknown>;
  const reconciles = createReconciles(registry);
  const operations = createOperations(registry, accounts);
  const syncs = new Histogram({
    name: 'tagwarden_event_to_sync_seconds',
    help: 'Time from an event to the end of the first pass that left its target in sync; provider: what sent it, "revision" for a change of policies',
    labelNames: ['provider'],
    buckets: SYNC_BUCKETS_S,
    registers,
  });
  for (const provider of EVENT_PROVIDERS) syncs.zero({ provider });
  return {
    setPolicies: (names) => reconciles.setPolicies(names),
    recordPhase: (phase, durationMs) => ofPhase[phase].observe(durationMs / 1_000),
    recordPass({ report, policies, event }) {
      reconciles.count(policies, resultOf(report));
      operations(report);
      if (event === null || !endedInSync(report)) return;
      syncs.observe({ provider: event.provider }, event.ageMs / 1_000);
    },
  };
}

function createReconciles(registry: Registry) {
  const reconciles = new Counter({
    name: 'tagwarden_reconciles_total',
    help: 'Passes by policy that selected the target and by result; guarded: refused or held back; aborted: interrupted',
    labelNames: ['policy', 'result'],
    registers: [registry],
  });
  let known: ReadonlySet<string> = new Set();
  return {
    setPolicies(names: readonly string[]) {
      const next = new Set(names);
      for (const result of RESULTS) {
        for (const gone of known.difference(next)) reconciles.remove({ policy: gone, result });
        for (const policy of next.difference(known)) reconciles.inc({ policy, result }, 0);
      }
      known = next;
    },
    count(policies: readonly string[], result: Result) {
      // A pass may end after its policy is gone, which must not bring the series back.
      for (const policy of policies) if (known.has(policy)) reconciles.inc({ policy, result });
    },
  };
}

function createOperations(registry: Registry, accounts: readonly string[]) {
  const registers = [registry];
  const ops = new Counter({
    name: 'tagwarden_ops_total',
    help: 'Attempted operations by account, type and result; retry: failed in a way that trying again may mend',
    labelNames: ['registry', 'op', 'result'],
    registers,
  });
  const incomplete = new Counter({
    name: 'tagwarden_listing_incomplete_total',
    help: 'Listings that could not be read to the end, so that nothing was decided',
    labelNames: ['registry', 'reason'],
    registers,
  });
  for (const account of accounts) {
    for (const reason of INCOMPLETE_REASONS) incomplete.inc({ registry: account, reason }, 0);
    for (const op of OP_TYPES)
      for (const result of OP_RESULTS) ops.inc({ registry: account, op, result }, 0);
  }
  return (report: Report): void => {
    const { account } = report.target;
    if (report.status === 'unknown') {
      if (report.code !== 'LISTING_INCOMPLETE') return;
      incomplete.inc({ registry: account, reason: reasonOf(report.error) });
      return;
    }
    for (const { operation, outcome } of report.performed) {
      if (outcome === null) continue;
      ops.inc({ registry: account, op: operation.type, result: opResultOf(outcome) });
    }
  };
}

function reasonOf(error: string): string {
  return Object.entries(INCOMPLETE).find(([, pattern]) => pattern.test(error))?.[0] ?? 'other';
}

function opResultOf(outcome: Outcome): (typeof OP_RESULTS)[number] {
  switch (outcome.status) {
    case 'applied':
      return 'ok';
    case 'failed':
      return ERRORS[outcome.code].retriable ? 'retry' : 'failed';
    case 'skipped':
      return 'skipped';
  }
}

function resultOf(report: Report): Result {
  switch (report.status) {
    case 'in-sync':
      return 'noop';
    case 'refused':
      return 'guarded';
    case 'unknown':
      return failureOf(report.code);
    case 'drifted':
      return resultOfWrites(report.performed.map(({ outcome }) => outcome));
  }
}

function resultOfWrites(outcomes: readonly (Outcome | null)[]): Result {
  const failed = outcomes.find((outcome) => outcome?.status === 'failed');
  if (failed !== undefined && failed !== null) return failureOf(failed.code);
  const skipped = outcomes.flatMap((outcome) => (outcome?.status === 'skipped' ? [outcome] : []));
  if (skipped.length > 0) return skipped.every(({ held }) => held === true) ? 'guarded' : 'aborted';
  // Nothing attempted: the policies only observe.
  return outcomes.every((outcome) => outcome === null) ? 'noop' : 'success';
}

function failureOf(code: ErrorCode): Result {
  if (code === 'CANCELLED') return 'aborted';
  return ERRORS[code].retriable ? 'retry' : 'failed';
}

function endedInSync(report: Report): boolean {
  if (report.status === 'in-sync') return true;
  if (report.status !== 'drifted') return false;
  return report.performed.every(({ outcome }) => outcome?.status === 'applied');
}
