import pMap from 'p-map';
import type { TargetRecord } from '../model/history.ts';
import type { Report } from '../model/report.ts';
import type { FinishedPass, Store } from '../store/store.ts';
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
  /** Names of those that selected the target. */
  readonly policies: readonly string[];
  /** When a watchdog may ask why there was no further pass; null: never. */
  readonly dueAt: Date | null;
  /** As for Standing. */
  readonly mark: string | null;
}

/** Keeps how a target stands, and tells of it. Throws what the store throws; nothing is told then. */
export function conclude(parts: ConcludeParts, conclusion: Conclusion): Promise<void> {
  if (parts.notifications.wanted) return concludeAloud(parts, conclusion);
  const { record, dueAt, standing } = finishedPass(conclusion);
  return parts.store.finish(record, dueAt, standing);
}

async function concludeAloud(parts: ConcludeParts, conclusion: Conclusion): Promise<void> {
  const { store } = parts;
  const before = await recordBefore(parts, conclusion);
  const { record, dueAt, standing } = finishedPass(conclusion);
  await store.finish(record, dueAt, standing);
  tell(parts, conclusion, { before, after: record });
}

/** Records that are read at once; the store answers them in order. */
const READS_AT_ONCE = 50;

/** conclude() for many different targets, in a few round trips unless somebody wants to be told. */
export async function concludeAll(
  parts: ConcludeParts & { readonly store: Pick<Store, 'finishAll'> },
  conclusions: readonly Conclusion[],
): Promise<void> {
  if (conclusions.length === 0) return;
  const read = async (one: Conclusion) => await recordBefore(parts, one);
  const earlier = await pMap(conclusions, read, { concurrency: READS_AT_ONCE });
  const passes = conclusions.map(finishedPass);
  await parts.store.finishAll(passes);
  for (const [at, conclusion] of conclusions.entries()) {
    const after = passes[at]?.record;
    if (after !== undefined) tell(parts, conclusion, { before: earlier[at] ?? null, after });
  }
}

/** Null as well when nobody wants to be told. */
async function recordBefore(
  { store, notifications, log }: ConcludeParts,
  { report }: Conclusion,
): Promise<TargetRecord | null> {
  return notifications.wanted ? await lastRecord(store, report.target, log) : null;
}

function finishedPass({ report, facts, policies, dueAt, mark }: Conclusion): FinishedPass {
  const record = toRecord(report, facts);
  const state = stateOf(report, record);
  return { record, dueAt, standing: { state, policies, at: facts.passedAt, mark } };
}

function tell(
  { notifications }: Pick<ConcludeParts, 'notifications'>,
  { report, facts, policies }: Conclusion,
  records: { readonly before: TargetRecord | null; readonly after: TargetRecord },
): void {
  const { passedAt: at, revision, correlationId, runId } = facts;
  notifications.tell({ at, revision, correlationId, runId, report, policies, ...records });
}
