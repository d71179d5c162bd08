import type { TargetRecord } from '../model/history.ts';
import type { Notice } from '../model/notification.ts';
import type { Operation } from '../model/plan.ts';
import type { Report } from '../model/report.ts';

/** A pass that is over, and how its target stood before. */
export interface Passed {
  readonly report: Report;
  /** What the store kept of the pass before; null: there was none, or it is not known. */
  readonly before: TargetRecord | null;
  /** What it keeps now; null: the pass was interrupted, so how the target stands is not known. */
  readonly after: TargetRecord | null;
  readonly at: Date;
  readonly revision: string;
  readonly correlationId: string;
  readonly runId: string | null;
  /** Names of the policies that select the target. */
  readonly policies: readonly string[];
}

type Health = 'well' | 'failed' | 'refused';

/** What is worth telling: what was written, and how the target stands when that is another way than before. */
export function noticesOf(passed: Passed, newId: () => string): readonly Notice[] {
  const changes = appliedOf(passed.report);
  const policies = [...new Set(changes.map(({ policy }) => policy))];
  const changed: Notice[] =
    changes.length === 0
      ? []
      : [{ ...noticeOf(passed, newId), type: 'changed', changes, policies }];
  return [...changed, ...turnOf(passed, newId)];
}

function appliedOf(report: Report): readonly Operation[] {
  if (report.status === 'unknown') return [];
  return report.performed.flatMap(({ operation, outcome }) =>
    outcome?.status === 'applied' ? [operation] : [],
  );
}

/** A target that goes on failing was told; one that goes on being well is no news. */
function turnOf(passed: Passed, newId: () => string): readonly Notice[] {
  const { before, after } = passed;
  if (after === null) return [];
  const was = before === null ? 'well' : healthOf(before);
  const is = healthOf(after);
  if (was === is) return [];
  const base = noticeOf(passed, newId);
  switch (is) {
    case 'well':
      return [{ ...base, type: 'recovered', since: before?.since ?? null }];
    case 'failed':
      return [{ ...base, type: 'failed', error: errorOf(after) }];
    case 'refused':
      return [{ ...base, type: 'refused', reasons: reasonsOf(after) }];
  }
}

/** Drift that waits, for a pause or a mode, is no failure. */
function healthOf(record: TargetRecord): Health {
  if (record.status === 'refused') return 'refused';
  return record.status === 'unknown' || errorOf(record) !== null ? 'failed' : 'well';
}

function errorOf({ error, findings }: TargetRecord): Notice['error'] {
  if (error !== null) return error;
  const finding = findings.find(({ severity }) => severity === 'error');
  if (finding === undefined) return null;
  const { policy, rule, message } = finding;
  return { code: null, message: `${rule === null ? policy : `${policy} ${rule}`}: ${message}` };
}

function reasonsOf({ verdict }: TargetRecord): readonly string[] {
  return verdict === null || verdict.safe ? [] : verdict.reasons;
}

function noticeOf(
  { report, at, revision, correlationId, runId, policies }: Passed,
  newId: () => string,
): Omit<Notice, 'type'> {
  const { target, name, provider } = report;
  const told = { id: newId(), target, name, provider, at, revision, correlationId, runId };
  return { ...told, policies, changes: [], error: null, reasons: [], since: null };
}
