import type { Finding } from '../model/plan.ts';
import type { Performed, Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { performedOf, renderSummary, sortByUrgency, summarize } from './summary.ts';
import {
  escapeControls,
  refusalOf,
  renderChange,
  renderOutcome,
  shorten,
  signOf,
} from './words.ts';

/** Under what the comment fields of GitHub (65,536) and its kin take. */
const MAX_CHARACTERS = 65_000;
/** Room kept for the line that says what was left out. */
const TAIL_CHARACTERS = 200;

/** Reports for a pull-request comment: at most 65,000 characters; what does not fit is counted. */
export function renderMarkdown(
  reports: readonly Report[],
  refusals: readonly string[] = [],
): string {
  // What does not fit must be the least of it.
  const shown = sortByUrgency(reports).filter(isWorthShowing);
  let text = `**tagwarden**: ${renderSummary(summarize(reports, refusals))}\n`;
  for (const refusal of refusals) text += `\n**refused** ${escapeMarkdown(refusal)}\n`;
  if (shown.length === 0) return `${text}\nNothing to do.\n`;
  for (const [index, report] of shown.entries()) {
    const fitting = fit(renderBlock(report), MAX_CHARACTERS - TAIL_CHARACTERS - text.length);
    if (fitting === null) return `${text}\n${leftOut(shown.slice(index))}\n`;
    text += `\n${fitting}`;
  }
  return text;
}

function isWorthShowing(report: Report): boolean {
  return report.status !== 'in-sync' || report.plan.findings.length > 0;
}

interface Block {
  readonly head: string;
  readonly lines: readonly string[];
}

/** The block, cut to whole lines; null: not even its head fits. */
function fit({ head, lines }: Block, room: number): string | null {
  let text = head;
  if (text.length > room) return null;
  for (const [index, line] of lines.entries()) {
    const tail = `… ${lines.length - index} more lines\n`;
    if (text.length + line.length + tail.length > room) return `${text}\n${tail}`;
    text += line;
  }
  return text;
}

function leftOut(reports: readonly Report[]): string {
  const { targets, refused, unknown, drifted, ...counts } = summarize(reports);
  const operations = counts.add + counts.copy + counts.delete + counts.held;
  const states = `${refused} refused, ${unknown} unknown, ${drifted} drifted`;
  return `… ${targets} more ${targets === 1 ? 'target' : 'targets'} (${states}) with ${operations} operations`;
}

function called({ name }: Report): string {
  return name === null ? '' : ` (${escapeMarkdown(name)})`;
}

function renderBlock(report: Report): Block {
  const head = `### ${code(targetKey(report.target))}${called(report)} — ${report.status}\n`;
  if (report.status === 'unknown') {
    return { head, lines: [`\n- **${report.code}** ${prose(report.error)}\n`] };
  }
  const { reasons, confirm } = refusalOf(report.plan);
  const refusals = [
    ...reasons.map((reason) => `- **refused** ${escapeMarkdown(reason)}\n`),
    ...(confirm === null ? [] : [`- to let this one plan through: \`--confirm ${confirm}\`\n`]),
  ];
  return {
    head,
    lines: [
      ...section(refusals),
      ...renderTable(performedOf(report)),
      ...section(report.plan.findings.map(renderFinding)),
    ],
  };
}

/** Lists need a blank line before them. */
function section(lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? `\n${line}` : line));
}

function renderTable(performed: readonly Performed[]): string[] {
  const tried = performed.some(({ outcome }) => outcome !== null);
  const columns = ['', 'tag', 'change', 'why', ...(tried ? ['outcome'] : [])];
  const header = `\n${rowOf(columns)}|${'---|'.repeat(columns.length)}\n`;
  const rows = performed.map(({ operation, outcome }) => {
    const { tag, policy, rule, because } = operation;
    const why = prose(`${policy} ${rule}: ${because}`);
    const cells = [signOf(operation), code(tag), prose(renderChange(operation)), why];
    return rowOf(tried ? [...cells, prose(renderOutcome(outcome))] : cells);
  });
  return rows.map((row, index) => (index === 0 ? `${header}${row}` : row));
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function renderFinding({ severity, policy, rule, message }: Finding): string {
  const where = rule === null ? policy : `${policy} ${rule}`;
  return `- **${severity}** ${prose(`${where}: ${message}`)}\n`;
}

function prose(text: string): string {
  return escapeMarkdown(shorten(text));
}

function escapeMarkdown(text: string): string {
  return escapeControls(text).replaceAll(/[\\`*_[\]<>|#@~]/g, '\\$&');
}

/** A pipe would end a table cell, a backtick the code. */
function code(text: string): string {
  return `\`${escapeControls(text).replaceAll('|', '\\|').replaceAll('`', "'")}\``;
}
