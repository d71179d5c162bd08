import { appendFileSync, readFileSync } from 'node:fs';
import { shown } from './figures.ts';

/** One line of the table. */
export interface Row {
  readonly bench: string;
  readonly what: string;
  readonly value: number;
  /** Such as `x` for a ratio or `MB`. */
  readonly unit: string;
  /** Null: only told. */
  readonly wanted: Wanted | null;
  /** What it was worked out from. */
  readonly figures: string;
}

export interface Wanted {
  readonly limit: 'at most' | 'at least';
  readonly value: number;
}

/** Names the file that `npm run bench` collects the rows of its benches in. */
export const ROWS_VARIABLE = 'TAGWARDEN_BENCH_ROWS';

/** Prints one figure, and hands it to the run that this bench is part of. */
export function report(row: Row): void {
  const { bench, what, figures } = row;
  console.log(`${bench}: ${what}: ${resultOf(row)}${verdictOf(row)} (${figures})`);
  const file = process.env[ROWS_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** The rows that benches left in the file, in their order. */
export function readRows(file: string): readonly Row[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) satisfies Row as Row]));
}

/** A Markdown table, its columns aligned so that a terminal shows it as well. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['Bench', 'What', 'Result', 'Wanted', 'Met', 'Figures'];
  const cells = rows.map((row) => [
    `\`${row.bench}\``,
    row.what,
    resultOf(row),
    row.wanted === null ? '' : `${row.wanted.limit} ${shown(row.wanted.value)}`,
    row.wanted === null ? '' : isMet(row) ? 'yes' : '**no**',
    row.figures,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}

/** Whether the result is what was wanted; true when nothing was. */
export function isMet({ value, wanted }: Pick<Row, 'value' | 'wanted'>): boolean {
  if (wanted === null) return true;
  return wanted.limit === 'at most' ? value <= wanted.value : value >= wanted.value;
}

function resultOf({ value, unit }: Row): string {
  return `${shown(value)} ${unit}`.trim();
}

function verdictOf(row: Row): string {
  if (row.wanted === null) return '';
  const { limit, value } = row.wanted;
  return `, ${limit} ${shown(value)} wanted: ${isMet(row) ? 'met' : 'MISSED'}`;
}
