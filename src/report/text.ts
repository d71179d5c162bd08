import type { Finding, Operation } from '../model/plan.ts';
import type { Performed, Report, ReportStatus } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { renderSummary, sortByUrgency, summarize } from './summary.ts';
import {
  columnsOf,
  escapeControls,
  padColumns,
  refusalOf,
  renderChange,
  renderOutcome,
  shorten,
  signOf,
  wrapText,
} from './words.ts';

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
  /** Width of the terminal, for prose; null: lines of any length. */
  readonly columns?: number | null;
  /** Why all plans together are refused. */
  readonly refusals?: readonly string[];
  /** What a person is to know at the very end; null: nothing more. */
  readonly closing?: string | null;
}

/** More targets than this that are in sync, with nothing to say, are counted instead of listed. */
const MAX_QUIET = 5;
/** A longer name does not push the columns of the others aside. */
const MAX_TAG_COLUMNS = 40;

/** Reports for a terminal, grouped by target, the most urgent first, with a summary line at the end. */
export function renderText(reports: readonly Report[], options: TextOptions): string {
  const { colors, summary = true, columns = null, refusals = [], closing = null } = options;
  const quiet = reports.filter(isQuiet);
  const counted = quiet.length > MAX_QUIET;
  const blocks = sortByUrgency(reports)
    .filter((report) => !(counted && isQuiet(report)))
    .map((report) => renderReport(report, { color: colors, columns }));
  if (counted) blocks.push([colors.dim(`${quiet.length} targets in sync`)]);
  if (summary) blocks.push([colors.bold(renderSummary(summarize(reports, refusals)))]);
  // Last, where the eye is when the listing has scrolled by; whole, for the digest is copied from here.
  if (refusals.length > 0)
    blocks.push(refusals.map((refusal) => `${colors.red('refused')} ${escapeControls(refusal)}`));
  if (closing !== null) blocks.push([closing]);
  return joinBlocks(blocks)
    .map((line) => `${line}\n`)
    .join('');
}

function isQuiet(report: Report): boolean {
  return report.status === 'in-sync' && report.plan.findings.length === 0;
}

/** A block of several lines stands apart from its neighbors. */
function joinBlocks(blocks: readonly (readonly string[])[]): string[] {
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1] ?? [];
    const apart = index > 0 && (block.length > 1 || before.length > 1);
    return apart ? ['', ...block] : block;
  });
}

interface Page {
  readonly color: Palette;
  readonly columns: number | null;
}

/** The image's name, where the path is an id. */
function called({ name }: Report): string {
  return name === null ? '' : ` (${escapeControls(name)})`;
}

function renderReport(report: Report, page: Page): string[] {
  const { color } = page;
  const paint = STATUS_PAINT[report.status];
  const head = `${color.bold(escapeControls(targetKey(report.target)))}${called(report)} ${color[paint](report.status)}`;
  if (report.status === 'unknown') {
    return [head, ...renderNote(`! ${report.code}`, 'red', shorten(report.error), page)];
  }
  const { plan, performed } = report;
  const { reasons, confirm } = refusalOf(plan);
  // The digest stays whole: --confirm takes it.
  const hint = confirm === null ? [] : [`      to let this one plan through: --confirm ${confirm}`];
  return [
    head,
    ...reasons.flatMap((reason) => renderNote('! refused', 'red', reason, page)),
    ...hint,
    ...renderOperations(performed, page),
    ...plan.findings.flatMap((finding) => renderFinding(finding, page)),
  ];
}

/** A marked line below a target; what does not fit goes on under it. */
function renderNote(
  mark: string,
  paint: keyof Palette,
  text: string,
  { color, columns }: Page,
): string[] {
  const room = columns === null ? null : columns - mark.length - 3;
  return wrapText(text, room).map((line, index) =>
    index === 0 ? `  ${color[paint](mark)} ${line}` : `    ${line}`,
  );
}

const STATUS_PAINT = {
  'in-sync': 'green',
  drifted: 'yellow',
  refused: 'red',
  unknown: 'red',
} as const satisfies Record<ReportStatus, keyof Palette>;

const SIGN_PAINT = { '+': 'green', '~': 'yellow', '→': 'cyan', '⇒': 'cyan', '-': 'red' } as const;

function renderOperations(performed: readonly Performed[], page: Page): string[] {
  const { color } = page;
  const rows = performed.map(({ operation, outcome }) => ({
    sign: signOf(operation),
    tag: escapeControls(operation.tag),
    change: renderChange(operation),
    outcome,
    ...reasonOf(operation),
  }));
  const tagColumns = widest(rows.map(({ tag }) => tag).filter(isShort));
  const changeColumns = widest(rows.map(({ change }) => change));
  return rows.flatMap(({ sign, tag, change, outcome, why, time }, index) => {
    const applied = outcome?.status === 'applied';
    const aligned = `${padColumns(tag, tagColumns)}  ${padColumns(change, changeColumns)}`;
    const notes = [time, applied ? renderOutcome(outcome) : ''].filter((note) => note !== '');
    const line = [aligned, ...notes].join('  ').trimEnd();
    const undone = outcome === null || applied ? [] : [`! ${renderOutcome(outcome)}`];
    // The reason of several in a row is told once, under the last of them.
    const told = rows[index + 1]?.why === why ? [] : [why];
    return [
      `  ${color[SIGN_PAINT[sign]](sign)} ${line}`,
      ...below(undone, page).map((text) => `      ${color.red(text)}`),
      ...below(told, page).map((text) => `      ${color.dim(text)}`),
    ];
  });
}

/** Prose under an operation, indented by six columns. */
function below(texts: readonly string[], { columns }: Page): string[] {
  return texts.flatMap((text) => wrapText(text, columns === null ? null : columns - 6));
}

/** The time a delete was judged by, at the end of its reason. */
const JUDGED_BY = /: ((?:created|updated|first seen) \S+Z \(\d+ days?\))$/;

/** A reason, without the time that is each operation's own: what many share is told once. */
function reasonOf({ type, policy, rule, because }: Operation): {
  readonly why: string;
  readonly time: string;
} {
  const [end = '', time = ''] = (type === 'delete' ? JUDGED_BY.exec(because) : null) ?? [];
  const shared = because.slice(0, because.length - end.length);
  return { why: `${policy} ${escapeControls(rule)}: ${shorten(shared)}`, time };
}

function isShort(tag: string): boolean {
  return columnsOf(tag) <= MAX_TAG_COLUMNS;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((columns, text) => Math.max(columns, columnsOf(text)), 0);
}

const SEVERITY_PAINT = { info: 'dim', warning: 'yellow', error: 'red' } as const;

function renderFinding({ severity, policy, rule, message }: Finding, page: Page): string[] {
  const where = rule === null ? policy : `${policy} ${escapeControls(rule)}`;
  return renderNote(
    `! ${severity}`,
    SEVERITY_PAINT[severity],
    `${where}: ${shorten(message)}`,
    page,
  );
}
