import type { Operation, Plan } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';
import { targetKey } from '../model/target.ts';

/** One sign an operation: a new name, a changed value, content copied or promoted, a name that goes. */
export function signOf(operation: Operation): '+' | '~' | '→' | '⇒' | '-' {
  switch (operation.type) {
    case 'add':
      return operation.replaces === null ? '+' : '~';
    case 'copy':
      return '→';
    case 'promote':
      return '⇒';
    case 'delete':
      return '-';
  }
}

/** Old and new value of an operation in words; empty for a delete whose content the provider does not tell. */
export function renderChange(operation: Operation): string {
  const old = operation.replaces === null ? '' : shortValue(operation.replaces);
  switch (operation.type) {
    case 'add':
      return old === '' ? shortValue(operation.value) : `${old} → ${shortValue(operation.value)}`;
    case 'copy':
    case 'promote': {
      const content = `${shortValue(operation.value)} from ${escapeControls(originOf(operation))}`;
      return old === '' ? content : `${old} → ${content}`;
    }
    case 'delete':
      return old;
  }
}

/** Where the content of a copy or promotion comes from: a tag, or `account/path:tag`. */
export function originOf(operation: Extract<Operation, { readonly from: string }>): string {
  const { type, from } = operation;
  return type === 'copy' ? from : `${targetKey(operation.source)}:${from}`;
}

/** A value for a column: of a digest the 12 digits that tools print, an empty text as `""`. */
export function shortValue(value: string): string {
  return value === '' ? '""' : shorten(value).replace(/^sha256:(?=[0-9a-f]{12}$)/, '');
}

/** What became of an operation; empty: nothing was tried. */
export function renderOutcome(outcome: Outcome | null): string {
  switch (outcome?.status) {
    case undefined:
      return '';
    case 'applied':
      return outcome.attempts > 1 ? `applied in ${outcome.attempts} requests` : 'applied';
    case 'failed':
      return `failed: ${shorten(outcome.error)} (${outcome.code})`;
    case 'skipped':
      return `skipped: ${shorten(outcome.reason)}`;
  }
}

/** Text for a terminal: digests cut to 12 digits, nothing that a terminal would obey. */
export function shorten(text: string): string {
  return escapeControls(text).replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
}

/** Control characters and bidirectional overrides, as escapes: tag values come from outside. */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** Pads to a number of terminal columns; Chinese, Japanese and Korean characters take two. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** Terminal columns a text takes. */
export function columnsOf(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}

/** Columns of equal width, the last one ragged. */
export function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, columnsOf(row[column] ?? '')), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => padColumns(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks prose between words so that no line takes more columns; null: one line. A longer word stays whole. */
export function wrapText(text: string, columns: number | null): string[] {
  if (columns === null) return [text];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && columnsOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Why a plan was refused, and what `--confirm` takes to let it through; null: nothing does. */
export interface Refusal {
  readonly reasons: readonly string[];
  readonly confirm: string | null;
}

/** Takes the hint that ends each reason of a guard out of them, to be shown once. */
export function refusalOf({ verdict, digest }: Plan): Refusal {
  const reasons = verdict.safe ? [] : verdict.reasons.map(escapeControls);
  const hint = `; to let this one plan through: --confirm ${digest}`;
  const cut = reasons.map((reason) =>
    reason.endsWith(hint) ? reason.slice(0, -hint.length) : reason,
  );
  return { reasons: cut, confirm: reasons.some((reason) => reason.endsWith(hint)) ? digest : null };
}
