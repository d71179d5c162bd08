import type { Performed, Report } from '../model/report.ts';
import { targetKey } from '../model/target.ts';
import { code, fromTo, headOf, prose, rowOf, wholeProse } from './markdown-text.ts';
import { performedOf, type Summary, sortByUrgency, summarize } from './summary.ts';
import { refusalOf, renderOutcome, signOf } from './words.ts';

/** Stands first in every text, so that a job finds its comment of last time and replaces it. */
export const MARKER = '<!-- tagwarden:report -->';
/** Under what the comment fields of GitHub (65,536) and its kin take. */
const MAX_CHARACTERS = 60_000;
/** Room kept for the lines that say what was cut. */
const TAIL_CHARACTERS = 600;
/** Longer lists are folded; what a person must see first is not. */
const LONGEST_OPEN = 10;
const LONGEST_OPEN_DANGER = 30;

/** A list under a heading, which may have to be cut. */
interface Section {
  /** What its rows are, in the plural. */
  readonly title: string;
  readonly longestOpen: number;
  /** Before the first row, such as the head of a table. */
  readonly head: string;
  /** Called one after the other until the room is used up: there may be one for every tag of a fleet. */
  readonly rows: readonly (() => string)[];
}

/**
 * Reports for a pull-request comment, at most 60,000 characters. What a person must decide about comes first, then every
 * delete and move, then the rest; what does not fit is counted.
 */
export function renderMarkdown(
  reports: readonly Report[],
  refusals: readonly string[] = [],
): string {
  const sorted = sortByUrgency(reports);
  const summary = summarize(reports, refusals);
  let text = `${MARKER}\n### tagwarden: ${verdictOf(summary, refusals)}\n\n${renderFigures(summary)}`;
  const left: string[] = [];
  for (const section of sectionsOf(sorted, refusals)) {
    const room = MAX_CHARACTERS - TAIL_CHARACTERS - text.length;
    const { shown, count } = renderSection(section, room);
    text += shown;
    if (count > 0) left.push(`${count} of ${section.rows.length} ${section.title.toLowerCase()}`);
  }
  if (left.length === 0) return text;
  return `${text}\n**Cut to ${MAX_CHARACTERS.toLocaleString('en')} characters**; not shown: ${left.join('; ')}. \`--output json\` has it all.\n`;
}

function verdictOf(summary: Summary, refusals: readonly string[]): string {
  const { refused, unknown, failed, applied } = summary;
  const changes = summary.add + summary.copy + summary.delete;
  if (refusals.length > 0) return '**refused**, all targets together';
  if (refused > 0) return `**refused**, ${plural(refused, 'target')}`;
  if (unknown > 0) return `**incomplete**, ${plural(unknown, 'target')} unknown`;
  if (failed > 0) return `**failed**, ${plural(failed, 'operation')}`;
  if (applied > 0) return `${plural(applied, 'change')} applied`;
  return changes > 0 ? plural(changes, 'change') : 'nothing to do';
}

function renderFigures(summary: Summary): string {
  const { inSync, applied, failed, skipped, held, ...figures } = summary;
  const tried = applied + failed + skipped > 0 ? { applied, failed, skipped } : {};
  const kept = held > 0 ? { 'held back': held } : {};
  const { targets, ...rest } = figures;
  const columns = { targets, 'in sync': inSync, ...rest, ...kept, ...tried };
  return `${headOf(Object.keys(columns))}${rowOf(Object.values(columns).map(String))}`;
}

function sectionsOf(sorted: readonly Report[], refusals: readonly string[]): readonly Section[] {
  const all = sorted.flatMap((report) => performedOf(report).map((done) => ({ report, done })));
  const urgent = [
    ...refusals.map((refusal) => () => `- **refused** ${wholeProse(refusal)}\n`),
    ...sorted.flatMap(urgentLines),
  ];
  const isDanger = ({ done }: Row): boolean =>
    done.operation.type === 'delete' || done.operation.replaces !== null;
  const list = { longestOpen: LONGEST_OPEN, head: '' };
  return [
    { ...list, title: 'Needs a decision', longestOpen: LONGEST_OPEN_DANGER, rows: urgent },
    tableOf('Deletes and moves', all.filter(isDanger), LONGEST_OPEN_DANGER),
    tableOf(
      'Additions',
      all.filter((row) => !isDanger(row)),
      LONGEST_OPEN,
    ),
    { ...list, title: 'Findings', rows: sorted.flatMap(findingLines) },
  ];
}

interface Row {
  readonly report: Report;
  readonly done: Performed;
}

function tableOf(title: string, rows: readonly Row[], longestOpen: number): Section {
  const tried = rows.some(({ done }) => done.outcome !== null);
  const columns = ['', 'target', 'tag', 'from → to', 'why', ...(tried ? ['outcome'] : [])];
  const cells = rows.map(({ report, done: { operation, outcome } }) => () => {
    const { tag, policy, rule, because } = operation;
    const state = report.status === 'refused' ? ' (refused)' : '';
    const why = prose(`${policy} ${rule}: ${because}`);
    const shown = [
      signOf(operation),
      `${called(report)}${state}`,
      code(tag),
      fromTo(operation),
      why,
    ];
    return rowOf(tried ? [...shown, prose(renderOutcome(outcome))] : shown);
  });
  return { title, longestOpen, head: headOf(columns), rows: cells };
}

function called({ target, name }: Report): string {
  return `${code(targetKey(target))}${name === null ? '' : ` (${prose(name)})`}`;
}

/** What stops a plan, or stopped a write. */
function urgentLines(report: Report): readonly (() => string)[] {
  const who = called(report);
  if (report.status === 'unknown') {
    return [() => `- **unknown** ${who}: ${report.code} ${prose(report.error)}\n`];
  }
  const { reasons, confirm } = refusalOf(report.plan);
  const failed = report.performed.flatMap(({ operation, outcome }) =>
    outcome?.status === 'failed'
      ? [() => `- **failed** ${who} ${code(operation.tag)}: ${prose(renderOutcome(outcome))}\n`]
      : [],
  );
  const errors = report.plan.findings.filter(({ severity }) => severity === 'error');
  return [
    ...reasons.map((reason) => () => `- **refused** ${who}: ${wholeProse(reason)}\n`),
    ...(confirm === null
      ? []
      : [() => `  - to let this one plan through: \`--confirm ${confirm}\`\n`]),
    ...failed,
    ...errors.map((finding) => () => lineOf(who, finding)),
  ];
}

function findingLines(report: Report): readonly (() => string)[] {
  if (report.status === 'unknown') return [];
  const others = report.plan.findings.filter(({ severity }) => severity !== 'error');
  return others.map((finding) => () => lineOf(called(report), finding));
}

type Finding = Exclude<Report, { readonly status: 'unknown' }>['plan']['findings'][number];

function lineOf(who: string, { severity, policy, rule, message }: Finding): string {
  const where = rule === null ? policy : `${policy} ${rule}`;
  return `- **${severity}** ${who}: ${prose(`${where}: ${message}`)}\n`;
}

/** The section, cut to whole rows, and how many of them are left out. */
function renderSection(
  { title, longestOpen, head, rows }: Section,
  room: number,
): { readonly shown: string; readonly count: number } {
  if (rows.length === 0) return { shown: '', count: 0 };
  const heading = `${title} (${rows.length})`;
  const isFolded = rows.length > longestOpen;
  // HTML ends at the blank line, and Markdown is read again.
  const start = isFolded
    ? `\n<details><summary><b>${heading}</b></summary>\n\n${head}`
    : `\n#### ${heading}\n\n${head}`;
  const end = isFolded ? '\n</details>\n' : '';
  let shown = start;
  for (const [index, render] of rows.entries()) {
    const row = render();
    if (shown.length + row.length + end.length <= room) shown += row;
    else return { shown: index === 0 ? '' : `${shown}${end}`, count: rows.length - index };
  }
  return { shown: `${shown}${end}`, count: 0 };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
