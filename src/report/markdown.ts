import type { Finding } from '../model/plan.ts';
import type { Performed, Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { performedOf, renderSummary, sortReports, summarize } from './summary.ts';
import { escapeControls, renderChange, renderOutcome, shorten, signOf } from './words.ts';

/** Under what the comment fields of GitHub (65,536) and its kin take. */
const MAX_CHARACTERS = 65_000;
/** Room kept for the line that says what was left out. */
const TAIL_CHARACTERS = 200;

/** Reports for a pull-request comment: at most 65,000 characters; what does not fit is counted. */
export function renderMarkdown(reports: readonly Report[]): string {
  const head = `**tagwarden**: ${renderSummary(summarize(reports))}\n`;
  const blocks = sortReports(reports).filter(isWorthShowing).map(renderBlock);
  let text = head;
  for (const [index, block] of blocks.entries()) {
    const tail = leftOut(blocks.length - index);
    const fitting = fit(block, MAX_CHARACTERS - TAIL_CHARACTERS - text.length);
    if (fitting === null) return `${text}\n${tail}\n`;
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

function leftOut(count: number): string {
  return `… ${count} more ${count === 1 ? 'target' : 'targets'}`;
}

function renderBlock(report: Report): Block {
  const head = `### ${code(targetKey(report.target))} — ${report.status}\n`;
  if (report.status === 'unknown') {
    return { head, lines: [`\n- **${report.code}** ${prose(report.error)}\n`] };
  }
  const { verdict, findings } = report.plan;
  const reasons = verdict.safe ? [] : verdict.reasons;
  return {
    head,
    lines: [
      ...section(reasons.map((reason) => `- **refused** ${escapeMarkdown(reason)}\n`)),
      ...renderTable(performedOf(report)),
      ...section(findings.map(renderFinding)),
    ],
  };
}

/** Lists need a blank line before them. */
function section(lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === 0 ? `\n${line}` : line));
}

function renderTable(performed: readonly Performed[]): string[] {
  if (performed.length === 0) return [];
  const header = '\n| | tag | change | why | outcome |\n|---|---|---|---|---|\n';
  const rows = performed.map(({ operation, outcome }) => {
    const why = `${operation.policy} ${operation.rule}: ${operation.because}`;
    const cells = [
      signOf(operation),
      code(operation.tag),
      prose(renderChange(operation)),
      prose(why),
      prose(renderOutcome(outcome)),
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return rows.map((row, index) => (index === 0 ? `${header}${row}` : row));
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
