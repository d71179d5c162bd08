import { ERRORS, type ReconcileError } from '../model/errors.ts';
import type { TargetRecord } from '../model/history.ts';
import type { Report } from '../model/report.ts';
import { statusOf } from '../plan/status.ts';
import type { TargetState } from '../store/store.ts';

/** What a record says beyond its report. */
export interface RecordFacts {
  readonly passedAt: Date;
  readonly revision: string;
  readonly correlationId: string;
  readonly runId: string | null;
  /** Tags at the last complete listing before this pass; null: not known. */
  readonly baseline: number | null;
}

/** Longest list and text of a record: the store keeps one of each target. */
const MOST = 20;
const LONGEST_MESSAGE = 500;

/** What the store keeps of a pass. A drift that was healed is none any more. */
export function toRecord(
  report: Report,
  { passedAt, revision, correlationId, runId, baseline }: RecordFacts,
): TargetRecord {
  const { target, provider, name } = report;
  if (report.status === 'unknown') {
    const head = { target, provider, name, passedAt, since: passedAt };
    const told = { ...head, revision, correlationId, runId, ...NOTHING_PLANNED };
    return { ...told, status: 'unknown', baseline, error: errorOf(report) };
  }
  const { plan, performed } = report;
  const pending = performed.filter(({ outcome }) => outcome?.status !== 'applied');
  // One literal: every pass makes one of these.
  return {
    target,
    provider,
    name,
    passedAt,
    since: passedAt,
    revision,
    correlationId,
    runId,
    status: statusOf(plan, pending.length),
    baseline: report.status === 'refused' ? baseline : remaining(report),
    planDigest: plan.digest,
    verdict: plan.verdict,
    pending: pending.slice(0, MOST).map(({ operation }) => operation),
    pendingCount: pending.length,
    findings: plan.findings.slice(0, MOST),
    error:
      performed.flatMap(({ outcome }) =>
        outcome?.status === 'failed' ? [errorOf(outcome)] : [],
      )[0] ?? null,
  };
}

/** How the pass left its target, for the metrics: what a person must mend, what waits, what somebody holds. */
export function stateOf(report: Report, { status }: Pick<TargetRecord, 'status'>): TargetState {
  if (report.status === 'unknown') return report.retriable ? 'unknown' : 'error';
  if (status === 'refused') return 'guarded';
  if (status !== 'drifted') return status === 'in-sync' ? 'in_sync' : 'unknown';
  const left = report.performed.flatMap(({ outcome }) =>
    outcome === null || outcome.status === 'applied' ? [] : [outcome],
  );
  // Nothing was attempted: the policies only observe.
  if (left.length === 0) return 'drifted';
  if (left.some((outcome) => outcome.status === 'failed' && !ERRORS[outcome.code].retriable)) {
    return 'error';
  }
  const isHeld = left.every((outcome) => outcome.status === 'skipped' && outcome.held === true);
  return isHeld ? 'paused' : 'pending';
}

const NOTHING_PLANNED = {
  planDigest: null,
  verdict: null,
  pending: [],
  pendingCount: 0,
  findings: [],
} as const;

function errorOf({
  code,
  error,
}: {
  readonly code: ReconcileError['code'];
  readonly error: string;
}) {
  return { code, message: error.slice(0, LONGEST_MESSAGE) };
}

/** Tags at the target after the pass, as far as its outcomes tell. A refused plan leaves the figure it was refused by. */
function remaining({ plan, performed }: Extract<Report, { plan: unknown }>): number {
  if (performed.length === 0) return plan.listed;
  // Writes of an earlier plan of the pass are in the listing of the last one already.
  const planned = new Set(plan.operations);
  return performed.reduce((count, { operation, outcome }) => {
    if (outcome?.status !== 'applied' || !planned.has(operation)) return count;
    if (operation.type === 'delete') return count - 1;
    return operation.replaces === null ? count + 1 : count;
  }, plan.listed);
}
