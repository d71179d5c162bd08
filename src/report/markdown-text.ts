import type { Operation } from '../model/plan.ts';
import { escapeControls, originOf, shorten, shortValue } from './words.ts';

/** Breaks what a forge would link by itself, whatever is escaped: it looks at the text after Markdown was read. */
const BREAK = '\u200b';
const LONGEST_TEXT = 500;
const LONGEST_WHOLE = 2_000;

/** Text from outside between words of ours: nothing in it is read as Markdown, HTML, mention, reference or link. */
export function prose(text: string): string {
  return escapeMarkdown(cut(shorten(text)));
}

/** The same with digests as they are, for what a person copies to a command line. */
export function wholeProse(text: string): string {
  return escapeMarkdown(cut(text, LONGEST_WHOLE));
}

function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[@#!%~$&](?=\w)|:(?=\/\/)|\bwww(?=\.)/gi, `$&${BREAK}`)
    .replaceAll(/[\\`*_[\]<>|#@~&]/g, '\\$&');
}

/** The same as code, also in a cell of a table, where a pipe would end it. */
export function code(text: string): string {
  const plain = cut(shorten(text))
    .replaceAll(/\\(?=\|)/g, `\\${BREAK}`)
    .replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  if (longest === 0) return plain.trim() === '' ? '`""`' : `\`${plain}\``;
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${plain} ${fence}`;
}

function cut(text: string, longest = LONGEST_TEXT): string {
  const plain = escapeControls(text.toWellFormed());
  return plain.length > longest ? `${plain.slice(0, longest)}…`.toWellFormed() : plain;
}

/** What a name is bound to before and after; a name that is free, or freed, is said to be. */
export function fromTo(operation: Operation): string {
  const { replaces } = operation;
  switch (operation.type) {
    case 'add':
      return `${replaces === null ? 'free' : value(replaces)} → ${value(operation.value)}`;
    case 'copy':
      return `${replaces === null ? 'free' : value(replaces)} → ${value(operation.value)} of ${code(operation.from)}`;
    case 'promote':
      return `${replaces === null ? 'free' : value(replaces)} → ${value(operation.value)} of ${code(originOf(operation))}`;
    case 'delete':
      return `${replaces === null ? 'not told' : value(replaces)} → deleted`;
  }
}

function value(text: string): string {
  return code(shortValue(text));
}

/** One row of a table; the cells are Markdown already. */
export function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** Head of a table with these columns. */
export function headOf(columns: readonly string[]): string {
  return `${rowOf(columns)}|${'---|'.repeat(columns.length)}\n`;
}
