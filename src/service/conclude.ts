import type { Policy } from '../model/policy.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import { lastRecord, type Notifications } from './notify.ts';
import { type RecordFacts, stateOf, toRecord } from './record.ts';

export interface ConcludeParts {
  readonly store: Pick<Store, 'target' | 'finish'>;
  readonly notifications: Pick<Notifications, 'wanted' | 'tell'>;
  readonly log: Log;
}

/** What became of a target. */
export interface Conclusion {
  readonly report: Report;
  readonly facts: RecordFacts;
  /** Those that selected the target. */
  readonly policies: readonly Policy[];
  /** When a watchdog may ask why there was no further pass; null: never. */
  readonly dueAt: Date | null;
  /** As for Standing. */
  readonly mark: string | null;
}

/** Keeps how a target stands, and tells of it. Throws what the store throws; nothing is told then. */
export async function conclude(
  { store, notifications, log }: ConcludeParts,
  { report, facts, policies, dueAt, mark }: Conclusion,
): Promise<void> {
  const { target } = report;
  const { passedAt: at, revision, correlationId, runId } = facts;
  const names = policies.map(({ name }) => name);
  const before = notifications.wanted ? await lastRecord(store, target, log) : null;
  const record = toRecord(report, facts);
  const state = stateOf(report, record);
  await store.finish(record, dueAt, { state, policies: names, at, mark });
  const told = { at, revision, correlationId, runId, report, policies: names };
  notifications.tell({ ...told, before, after: record });
}
