import { Counter, Gauge, type Registry } from 'prom-client';
import type { Mode } from '../model/mode.ts';

const LOAD_RESULTS = ['ok', 'invalid', 'empty', 'fetch_error'] as const;
/** What an attempt to load the policies came to. */
export type LoadResult = (typeof LOAD_RESULTS)[number];

/** How often a policy comes back to its targets. */
export interface PolicyTiming {
  readonly policy: string;
  readonly mode: Mode;
  /** Longest time between two sweeps. */
  readonly intervalMs: number;
}

/** Metrics of the policies in force. */
export interface PolicyMetrics {
  /** Those that are swept; the series of others end. */
  setTimings(timings: readonly PolicyTiming[]): void;
  /** `ref`: the git ref followed; absent: a folder. */
  recordPolicyLoad(result: LoadResult, revision: string | null, now: Date, ref?: string): void;
}

/** Adds the metrics to the registry, every known label at 0. */
export function createPolicyMetrics(registry: Registry): PolicyMetrics {
  const registers = [registry];
  const loads = new Counter({
    name: 'tagwarden_policy_loads_total',
    help: 'Attempts to load the policy set by result; all but ok leave the last good set in force',
    labelNames: ['result'],
    registers,
  });
  const lastGood = new Gauge({
    name: 'tagwarden_policy_last_good_timestamp_seconds',
    help: 'When the policy set was last loaded without an error',
    registers,
  });
  const lastAttempt = new Gauge({
    name: 'tagwarden_policy_last_attempt_timestamp_seconds',
    help: 'When the policy set was last read, well or not; later than the last good one: what was read is not in force',
    registers,
  });
  const intervals = new Gauge({
    name: 'tagwarden_policy_interval_seconds',
    help: 'Longest time between two sweeps of a policy, by its mode; absent for a suspended one',
    labelNames: ['policy', 'mode'],
    registers,
  });
  const revisionInfo = new Gauge({
    name: 'tagwarden_policy_revision_info',
    help: 'Revision of the active policy set, one series that is replaced on change; always 1',
    labelNames: ['ref', 'short_sha'],
    registers,
  });
  for (const result of LOAD_RESULTS) loads.inc({ result }, 0);
  return {
    setTimings(timings) {
      intervals.reset();
      for (const { policy, mode, intervalMs } of timings)
        intervals.set({ policy, mode }, intervalMs / 1_000);
    },
    recordPolicyLoad(result, revision, now, ref = '') {
      const seconds = now.getTime() / 1_000;
      loads.inc({ result });
      lastAttempt.set(seconds);
      if (result !== 'ok' || revision === null) return;
      lastGood.set(seconds);
      revisionInfo.reset();
      revisionInfo.set({ ref, short_sha: revision.replace('sha256:', '').slice(0, 12) }, 1);
    },
  };
}
