import type { Operation } from '../model/plan.ts';
import type { Outcome, Performed, Report, ReportStatus } from '../model/report.ts';
import { targetKey } from '../model/target.ts';

/** Counts over reports, as the last line of every output shows them. */
export interface Summary {
  readonly targets: number;
  readonly inSync: number;
  readonly drifted: number;
  readonly refused: number;
  readonly unknown: number;
  /** Operations that will be done, or were to be done in this run; not those of refused plans. */
  readonly add: number;
  readonly copy: number;
  readonly promote: number;
  readonly delete: number;
  readonly applied: number;
  readonly failed: number;
  readonly skipped: number;
  /** Operations that a guard of a target or of the sweep does not let through. */
  readonly held: number;
}

/**
 * Counts targets by status, operations by type and outcomes by status. `refusals`: why all plans together are refused;
 * when there are any, no operation will be done.
 */
export function summarize(reports: readonly Report[], refusals: readonly string[] = []): Summary {
  const all = reports.flatMap(performedOf);
  const isHeld = ({ status }: Report): boolean => refusals.length > 0 || status === 'refused';
  const performed = reports.filter((report) => !isHeld(report)).flatMap(performedOf);
  const targets = (status: ReportStatus) =>
    reports.filter((report) => report.status === status).length;
  const operations = (type: Operation['type']) =>
    performed.filter(({ operation }) => operation.type === type).length;
  const outcomes = (status: Outcome['status']) =>
    performed.filter(({ outcome }) => outcome?.status === status).length;
  return {
    targets: reports.length,
    inSync: targets('in-sync'),
    drifted: targets('drifted'),
    refused: targets('refused'),
    unknown: targets('unknown'),
    add: operations('add'),
    copy: operations('copy'),
    promote: operations('promote'),
    delete: operations('delete'),
    applied: outcomes('applied'),
    failed: outcomes('failed'),
    skipped: outcomes('skipped'),
    held: all.length - performed.length,
  };
}

/** The operations of a report; none when nothing was decided. */
export function performedOf(report: Report): readonly Performed[] {
  return report.status === 'unknown' ? [] : report.performed;
}

/** By target, the same on every machine. */
export function sortReports(reports: readonly Report[]): Report[] {
  const keyed = reports.map((report) => ({ key: targetKey(report.target), report }));
  keyed.sort((left, right) => {
    if (left.key === right.key) return 0;
    return left.key < right.key ? -1 : 1;
  });
  return keyed.map(({ report }) => report);
}

/** Most urgent first, each by target: what a person must look at stands before what will be done, and that before the rest. */
export function sortByUrgency(reports: readonly Report[]): Report[] {
  return sortReports(reports).sort((left, right) => urgencyOf(left) - urgencyOf(right));
}

function urgencyOf(report: Report): number {
  if (report.status !== 'drifted') return URGENCY[report.status];
  const failed =
    report.performed.some(({ outcome }) => outcome?.status === 'failed') ||
    report.plan.findings.some(({ severity }) => severity === 'error');
  return failed ? URGENCY.failed : URGENCY.drifted;
}

const URGENCY = {
  refused: 0,
  unknown: 1,
  failed: 2,
  drifted: 3,
  'in-sync': 4,
} as const satisfies Record<ReportStatus | 'failed', number>;

/** The summary in words. */
export function renderSummary(summary: Summary): string {
  const { targets, inSync, drifted, refused, unknown, applied, failed, skipped } = summary;
  const states = `${inSync} in sync, ${drifted} drifted, ${refused} refused, ${unknown} unknown`;
  const promote = summary.promote > 0 ? `${summary.promote} to promote, ` : '';
  const changes = `${summary.add} to add, ${summary.copy} to copy, ${promote}${summary.delete} to delete`;
  const held = summary.held > 0 ? `; ${renderHeld(summary.held)}` : '';
  const done = applied + failed + skipped > 0;
  const outcomes = done ? `; ${applied} applied, ${failed} failed, ${skipped} skipped` : '';
  return `${targets} ${targets === 1 ? 'target' : 'targets'}: ${states}; ${changes}${held}${outcomes}`;
}

function renderHeld(held: number): string {
  return `${held} ${held === 1 ? 'operation' : 'operations'} held back by guards`;
}
