import type { ApplyOptions } from '../apply/options.ts';
import type { PassOptions, ReconcileRequest } from '../queue/engine.ts';
import type { During } from '../reconcile.ts';
import { contextFields } from '../telemetry/context.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { PassEvent, Phase } from '../telemetry/pass-metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';

/** Times, traces and counts passes; changes nothing about them. */
export interface Observer {
  readonly during: <T>(phase: Phase, work: () => T | Promise<T>) => Promise<T>;
  readonly duringWrite: NonNullable<ApplyOptions['during']>;
  /** The same check, every refusal of which is counted. */
  fencing(checkLease: PassOptions['checkLease']): PassOptions['checkLease'];
  ended(event: PassEvent): void;
}

type Counters = Pick<Metrics, 'recordPhase' | 'recordJob' | 'recordPass'>;

/** `tracing` null: no traces are sent. */
export function createObserver(metrics: Counters, tracing: Tracing | null): Observer {
  return {
    during: async (phase, work) => {
      const sinceMs = performance.now();
      try {
        // The whole pass is the span of its job.
        if (tracing === null || phase === 'total') return await work();
        return await tracing.span(phase, spanFields(), async () => await work());
      } finally {
        metrics.recordPhase(phase, performance.now() - sinceMs);
      }
    },
    async duringWrite({ type, policy, rule }, work) {
      if (tracing === null) return await work();
      return await tracing.span(`apply ${type}`, { ...spanFields(), policy, rule }, work);
    },
    fencing: (checkLease) => () => {
      try {
        checkLease();
      } catch (error) {
        metrics.recordJob('fenced');
        throw error;
      }
    },
    ended: (event) => metrics.recordPass(event),
  } satisfies Observer & { during: During };
}

/** How long ago an event asked for the pass; null: no event did. */
export function eventOf(
  { reason, askedAt }: Pick<ReconcileRequest, 'reason' | 'askedAt'>,
  now: Date,
): PassEvent['event'] {
  if ((reason !== 'webhook' && reason !== 'revision') || askedAt === undefined) return null;
  const ageMs = Math.max(0, now.getTime() - askedAt.getTime());
  return { provider: reason === 'webhook' ? 'hook' : 'revision', ageMs };
}

function spanFields(): Readonly<Record<string, string>> {
  const { target, correlation_id: id } = contextFields();
  return {
    ...(typeof target === 'string' ? { 'tagwarden.target': target } : {}),
    ...(typeof id === 'string' ? { 'tagwarden.correlation_id': id } : {}),
  };
}
