import { Counter, Gauge, type Registry } from 'prom-client';

const LOAD_RESULTS = ['ok', 'invalid', 'empty', 'fetch_error'] as const;
/** What an attempt to load the policies came to. */
export type LoadResult = (typeof LOAD_RESULTS)[number];

/** Metrics of the policies in force. */
export interface PolicyMetrics {
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
  const revisionInfo = new Gauge({
    name: 'tagwarden_policy_revision_info',
    help: 'Revision of the active policy set, one series that is replaced on change; always 1',
    labelNames: ['ref', 'short_sha'],
    registers,
  });
  for (const result of LOAD_RESULTS) loads.inc({ result }, 0);
  return {
    recordPolicyLoad(result, revision, now, ref = '') {
      loads.inc({ result });
      if (result !== 'ok' || revision === null) return;
      lastGood.set(now.getTime() / 1_000);
      revisionInfo.reset();
      revisionInfo.set({ ref, short_sha: revision.replace('sha256:', '').slice(0, 12) }, 1);
    },
  };
}
