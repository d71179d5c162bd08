import type { Finding } from '../model/plan.ts';
import type { Performed, Report, ReportStatus } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { renderSummary, sortReports, summarize } from './summary.ts';
import { escapeControls, renderChange, renderOutcome, shorten, signOf } from './words.ts';

type Paint = (text: string) => string;

/** The colors a report uses; what `createColors()` of picocolors returns fits. */
export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

export interface TextOptions {
  readonly colors: Palette;
  /** False: without the last line, for a report that is one of a stream. */
  readonly summary?: boolean;
}

/** Reports for a terminal, grouped by target, with a summary line at the end. */
export function renderText(reports: readonly Report[], options: TextOptions): string {
  const { colors, summary = true } = options;
  const blocks = sortReports(reports).flatMap((report) => renderReport(report, colors));
  const last = summary ? [colors.bold(renderSummary(summarize(reports)))] : [];
  return [...blocks, ...last]
    .map(
      (line) => `${line}
`,
    )
    .join('');
}

function renderReport(report: Report, color: Palette): string[] {
  const paint = STATUS_PAINT[report.status];
  const head = `${color.bold(escapeControls(targetKey(report.target)))} ${color[paint](report.status)}`;
  if (report.status === 'unknown') {
    return [head, `  ${color.red(`! ${report.code}`)} ${shorten(report.error)}`];
  }
  const { plan, performed } = report;
  // Reasons keep their digests whole: they name what --confirm takes.
  const reasons = plan.verdict.safe ? [] : plan.verdict.reasons;
  return [
    head,
    ...reasons.map((reason) => `  ${color.red('! refused')} ${escapeControls(reason)}`),
    ...renderOperations(performed, color),
    ...plan.findings.map((finding) => renderFinding(finding, color)),
  ];
}

const STATUS_PAINT = {
  'in-sync': 'green',
  drifted: 'yellow',
  refused: 'red',
  unknown: 'red',
} as const satisfies Record<ReportStatus, keyof Palette>;

const SIGN_PAINT = { '+': 'green', '~': 'yellow', '→': 'cyan', '-': 'red' } as const;

function renderOperations(performed: readonly Performed[], color: Palette): string[] {
  const rows = performed.map(({ operation, outcome }) => ({
    sign: signOf(operation),
    tag: escapeControls(operation.tag),
    change: renderChange(operation),
    outcome: renderOutcome(outcome),
    why: `${operation.policy} ${operation.rule}: ${shorten(operation.because)}`,
  }));
  const tagWidth = Math.max(0, ...rows.map(({ tag }) => tag.length));
  const changeWidth = Math.max(0, ...rows.map(({ change }) => change.length));
  return rows.flatMap(({ sign, tag, change, outcome, why }) => {
    const aligned = `${tag.padEnd(tagWidth)}  ${change.padEnd(changeWidth)}`;
    const line = `${aligned}${outcome === '' ? '' : `  ${outcome}`}`.trimEnd();
    return [`  ${color[SIGN_PAINT[sign]](sign)} ${line}`, `      ${color.dim(why)}`];
  });
}

const SEVERITY_PAINT = { info: 'dim', warning: 'yellow', error: 'red' } as const;

function renderFinding({ severity, policy, rule, message }: Finding, color: Palette): string {
  const where = rule === null ? policy : `${policy} ${rule}`;
  return `  ${color[SEVERITY_PAINT[severity]](`! ${severity}`)} ${where}: ${shorten(message)}`;
}
