import type { TargetRecord } from '../model/history.ts';
import type { Pause } from '../model/pause.ts';
import type { ReportStatus } from '../model/report.ts';
import { type Target, targetKey } from '../model/target.ts';
import { pausesJson, renderPauses, timeText } from './holds.ts';
import { FORMAT_VERSION, findingJson, type JsonObject, operationJson } from './json.ts';
import { alignRows, escapeControls, shorten } from './words.ts';

/** A deployment at one moment, as `status` shows it. */
export interface Status {
  readonly pauses: readonly Pause[];
  readonly quarantined: readonly { readonly target: Target; readonly until: Date }[];
  readonly counts: Readonly<Record<ReportStatus | 'quarantined', number>>;
  readonly queues: readonly {
    readonly queue: string;
    readonly counts: Readonly<Record<string, number>>;
  }[];
  /** Why the newest policies are not in force; null: they are. Absent: not known. */
  readonly policyProblem?: string | null;
  readonly targets: readonly TargetRecord[];
  /** True: there are more targets than are shown. */
  readonly more: boolean;
}

/** For a terminal: what holds work back, the targets asked for, one line of totals. */
export function renderStatus(status: Status): string {
  const { pauses, quarantined, targets, more, queues, policyProblem = null } = status;
  const rows = targets.map((record) => [
    escapeControls(nameOf(record)),
    record.status,
    `since ${timeText(record.since)}`,
    noteOf(record),
  ]);
  const blocks = [
    policyProblem === null
      ? []
      : [`policies: the last good set is in force: ${escapeControls(policyProblem)}`],
    [
      ...renderPauses(pauses),
      ...quarantined.map(
        ({ target, until }) =>
          `quarantined: ${escapeControls(targetKey(target))} until ${timeText(until)}, its passes took workers down`,
      ),
    ],
    [...alignRows(rows), ...(more ? ['… more; narrow it with --target, or raise --limit'] : [])],
    [
      totalsOf(status),
      ...queues.flatMap(({ queue, counts }) => {
        const busy = Object.entries(counts).filter(([, count]) => count > 0);
        if (busy.length === 0) return [];
        return [`queue ${queue}: ${busy.map(([state, count]) => `${count} ${state}`).join(', ')}`];
      }),
    ],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(''))
    .join('\n');
}

/** The same for machines. */
export function statusJson(status: Status): JsonObject {
  const { counts, quarantined } = status;
  return {
    format_version: FORMAT_VERSION,
    policy_problem: status.policyProblem ?? null,
    paused: pausesJson(status.pauses),
    quarantined: quarantined.map(({ target, until }) => ({
      target: targetKey(target),
      until: until.toISOString(),
    })),
    summary: {
      targets: totalOf(counts),
      in_sync: counts['in-sync'],
      drifted: counts.drifted,
      refused: counts.refused,
      unknown: counts.unknown,
      quarantined: counts.quarantined,
    },
    queues: status.queues.map((depth) => ({ queue: depth.queue, ...depth.counts })),
    targets: status.targets.map(recordJson),
    more: status.more,
  };
}

/** One target for machines. */
function recordJson(record: TargetRecord): JsonObject {
  const { error } = record;
  return {
    target: targetKey(record.target),
    ...(record.name === null ? {} : { name: record.name }),
    provider: record.provider,
    status: record.status,
    since: record.since.toISOString(),
    passed_at: record.passedAt.toISOString(),
    policy_revision: record.revision,
    correlation_id: record.correlationId,
    run: record.runId,
    tags: record.baseline,
    digest: record.planDigest,
    ...(record.verdict === null ? {} : { verdict: { ...record.verdict } }),
    pending: record.pendingCount,
    operations: record.pending.map(operationJson),
    findings: record.findings.map(findingJson),
    ...(error === null ? {} : { code: error.code, error: error.message }),
  };
}

function totalsOf({ counts }: Status): string {
  const total = totalOf(counts);
  return (
    `${total} ${total === 1 ? 'target' : 'targets'}: ${counts['in-sync']} in sync, ${counts.drifted} drifted, ` +
    `${counts.refused} refused, ${counts.unknown} unknown; ${counts.quarantined} quarantined`
  );
}

function totalOf(counts: Status['counts']): number {
  return counts['in-sync'] + counts.drifted + counts.refused + counts.unknown;
}

function nameOf({ target, name }: TargetRecord): string {
  return name === null ? targetKey(target) : `${targetKey(target)} (${name})`;
}

function noteOf({ error, verdict, pendingCount }: TargetRecord): string {
  if (error !== null) return `${error.code}: ${shorten(error.message)}`;
  if (verdict !== null && !verdict.safe) return shorten(verdict.reasons.join('; '));
  if (pendingCount === 0) return '';
  return `${pendingCount} ${pendingCount === 1 ? 'operation' : 'operations'} to do`;
}
