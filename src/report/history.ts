import type { Run, RunOperation } from '../model/history.ts';
import type { Outcome } from '../model/report.ts';
import { shortRevision } from '../model/revision.ts';
import { targetKey } from '../model/target.ts';
import { timeText } from './holds.ts';
import { FORMAT_VERSION, type JsonObject, operationJson, outcomeJson } from './json.ts';
import {
  alignRows,
  escapeControls,
  renderChange,
  renderOutcome,
  shorten,
  signOf,
} from './words.ts';

/** Runs for a terminal, in the order given: when, where, why, then each operation with what became of it. */
export function renderHistory(runs: readonly Run[]): string {
  return runs.map((run) => `${renderRun(run).join('\n')}\n`).join('\n');
}

/** The same for machines. */
export function historyJson(runs: readonly Run[]): JsonObject {
  return { format_version: FORMAT_VERSION, runs: runs.map(runJson) };
}

/** One run for machines. */
function runJson(run: Run): JsonObject {
  return {
    run: run.id,
    target: targetKey(run.target),
    started_at: run.startedAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
    cause: run.cause,
    correlation_id: run.correlationId,
    policy_revision: run.revision,
    digest: run.planDigest,
    operation_count: run.operationCount,
    operations: run.operations.map(({ operation, intendedAt, outcome }) => ({
      ...operationJson(operation),
      intended_at: intendedAt.toISOString(),
      ...(outcome === null ? {} : { outcome: outcomeJson(outcome) }),
    })),
  };
}

function renderRun(run: Run): string[] {
  const { id, target, startedAt, endedAt, cause, correlationId, planDigest, revision } = run;
  const open = endedAt === null ? ', not ended' : '';
  const head = `${timeText(startedAt)}  ${escapeControls(targetKey(target))}`;
  const left = run.operationCount - run.operations.length;
  const told = `run ${id}, ${cause}${open}, policies ${shortRevision(revision)}`;
  const rows = alignRows(run.operations.map(columns));
  return [
    head,
    `  ${told}`,
    `  asked for by ${escapeControls(correlationId)}, plan ${planDigest.slice(0, 19)}`,
    ...rows.flatMap((row, index) => {
      const why = whyOf(run.operations[index]);
      // The reason of several in a row is told once, under the last of them.
      return whyOf(run.operations[index + 1]) === why ? [`  ${row}`] : [`  ${row}`, `      ${why}`];
    }),
    ...(left > 0 ? [`  … ${left} more operations; history --run ${id} shows all`] : []),
  ];
}

function columns({ operation, outcome }: RunOperation): string[] {
  return [
    `${signOf(operation)} ${escapeControls(operation.tag)}`,
    renderChange(operation),
    resultOf(outcome),
  ];
}

function resultOf(outcome: Outcome | null): string {
  return outcome === null
    ? 'no result noted: the process ended in between'
    : renderOutcome(outcome);
}

function whyOf(done: RunOperation | undefined): string {
  if (done === undefined) return '';
  const { policy, rule, because } = done.operation;
  return `${policy} ${escapeControls(rule)}: ${shorten(because)}`;
}
