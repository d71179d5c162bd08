import { ReconcileError } from '../model/errors.ts';
import type { TargetRecord } from '../model/history.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { selectsTarget } from '../policy/selector.ts';
import type { ReconcileRequest } from '../queue/engine.ts';
import { timeText } from '../report/holds.ts';
import { unknownReport } from '../report/unknown.ts';
import type { PassFacts, Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import { CRASHES } from './admit.ts';
import { lastRecord, type Notifications } from './notify.ts';
import { stateOf, toRecord } from './record.ts';

export interface QuarantineParts {
  readonly store: Pick<Store, 'target' | 'finish'>;
  readonly notifications: Pick<Notifications, 'tell'>;
  readonly log: Log;
}

/** A target that gets no pass from now on, and what was known when that was decided. */
export interface Quarantined {
  readonly request: Pick<ReconcileRequest, 'target' | 'correlationId' | 'attributes'>;
  readonly provider: string;
  readonly facts: Pick<PassFacts, 'baseline' | 'crashes'>;
  readonly set: PolicySet;
  readonly at: Date;
}

const CODE = 'TARGET_QUARANTINED';

/**
 * Puts on record that nobody knows how the target stands from now on, and tells it as a failure, of a target that was
 * failing for another reason, too. Its next pass tells of the recovery. Never throws: the quarantine holds already.
 */
export async function recordQuarantine(
  { store, notifications, log }: QuarantineParts,
  { request, provider, facts, set, at }: Quarantined,
): Promise<void> {
  const { target, correlationId, attributes } = request;
  const before = await lastRecord(store, target, log);
  const report = reportOf({ request, provider, facts }, before);
  const head = { revision: set.revision, correlationId, runId: null };
  const record = toRecord(report, { ...head, passedAt: at, baseline: facts.baseline });
  const policies = set.policies
    .filter(
      (policy) => !policy.suspend && selectsTarget(policy, target, attributes, null) !== false,
    )
    .map(({ name }) => name);
  const again = new Date(at.getTime() + CRASHES.quarantineMs);
  try {
    await store.finish(record, again, { state: stateOf(report, record), policies, at });
  } catch (error) {
    log.error({ target: targetKey(target), error: String(error) }, 'quarantine was not recorded');
  }
  const wasTold = before?.error?.code === CODE;
  const told = { ...head, at, report, policies };
  notifications.tell({ ...told, before: wasTold ? before : null, after: record });
}

function reportOf(
  { request: { target }, provider, facts }: Pick<Quarantined, 'request' | 'provider' | 'facts'>,
  before: TargetRecord | null,
): Report {
  const key = targetKey(target);
  const was = before === null ? '' : `; it was ${before.status} since ${timeText(before.since)}`;
  const found = `${facts.crashes} workers died over it within an hour, wanted none${was}`;
  const message = `Cannot reconcile "${key}": ${found}. It is left alone for an hour, or until tagwarden resume --target "${key}"`;
  const name = before?.name ?? null;
  return unknownReport({ target, name, provider }, new ReconcileError(CODE, message));
}
