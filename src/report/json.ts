import { createHash } from 'node:crypto';
import type { Finding, Operation } from '../model/plan.ts';
import type { Outcome, Performed, Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { sortReports, summarize } from './summary.ts';

/** Raised when a field changes its meaning or goes; new fields may appear at any time. */
export const FORMAT_VERSION = '1.0';

/** What the document says about its making. */
export interface Making {
  readonly toolVersion: string;
  readonly policyRevision: string;
  /** Why all plans together are refused; empty: they are not. */
  readonly refusals: readonly string[];
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** The machine-readable form of a run: one object, stable in order, with a digest over all plans. */
export function toJson(reports: readonly Report[], making: Making): JsonObject {
  const sorted = sortReports(reports);
  return {
    format_version: FORMAT_VERSION,
    tool_version: making.toolVersion,
    digest: digestOf(sorted),
    policy_revision: making.policyRevision,
    verdict: sweepVerdict(making),
    plans: sorted.map(planJson),
    summary: summaryJson(reports, making),
  };
}

/** Whether the plans may run together; each has a verdict of its own besides. */
export function sweepVerdict({ refusals }: Making): JsonObject {
  return refusals.length === 0 ? { safe: true } : { safe: false, reasons: refusals };
}

/** The same as indented text. */
export function renderJson(reports: readonly Report[], making: Making): string {
  return `${JSON.stringify(toJson(reports, making), null, 2)}\n`;
}

/** Hash over the targets and their plans; the same for the same plans in any order. */
export function digestOf(sorted: readonly Report[]): string {
  const parts = sorted.map((report) => [
    targetKey(report.target),
    report.status === 'unknown' ? report.code : report.plan.digest,
  ]);
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

/** One target. */
export function planJson(report: Report): JsonObject {
  const head = {
    target: targetKey(report.target),
    ...(report.name === null ? {} : { name: report.name }),
    provider: report.provider,
    status: report.status,
  };
  if (report.status === 'unknown') {
    const { code, error, retriable, retryAfterMs } = report;
    const wait = retryAfterMs === null ? {} : { retry_after_ms: retryAfterMs };
    return { ...head, code, error, retriable, ...wait, operations: [], findings: [] };
  }
  const { plan, performed } = report;
  return {
    ...head,
    digest: plan.digest,
    verdict: { ...plan.verdict },
    operations: performed.map(performedJson),
    findings: plan.findings.map(findingJson),
  };
}

function performedJson({ operation, outcome }: Performed): JsonObject {
  const done = outcome === null ? {} : { outcome: outcomeJson(outcome) };
  return { ...operationJson(operation), ...done };
}

/** One operation with the rule it comes from. */
export function operationJson(operation: Operation): JsonObject {
  const { policy, rule, because } = operation;
  return { ...changeJson(operation), policy, rule, because };
}

function changeJson(operation: Operation): JsonObject {
  const { type, tag, replaces } = operation;
  switch (operation.type) {
    case 'add':
      return { type, tag, value: operation.value, replaces };
    case 'copy':
      return { type, tag, from: operation.from, value: operation.value, replaces };
    case 'promote': {
      const { source, from, value, referrers } = operation;
      const extras = referrers ? { referrers } : {};
      return { type, tag, source: targetKey(source), from, value, replaces, ...extras };
    }
    case 'delete': {
      const { makesRoomFor } = operation;
      const room = makesRoomFor === null ? {} : { makes_room_for: makesRoomFor };
      return { type, tag, replaces, ...room };
    }
  }
}

/** What became of an operation. */
export function outcomeJson(outcome: Outcome): JsonObject {
  return { ...outcome };
}

/** What a person should look at. */
export function findingJson({ severity, policy, rule, message }: Finding): JsonObject {
  return { severity, policy, ...(rule === null ? {} : { rule }), message };
}

/** The counts, in the document's spelling; add, copy and delete say what will be done, as in the text. */
export function summaryJson(
  reports: readonly Report[],
  { refusals }: Pick<Making, 'refusals'>,
): JsonObject {
  const { targets, inSync, held: _held, ...rest } = summarize(reports, refusals);
  return { targets, in_sync: inSync, ...rest };
}
