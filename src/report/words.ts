import type { Operation } from '../model/plan.ts';
import type { Outcome } from '../model/report.ts';

/** One sign an operation: a new name, a changed value, a copied content, a name that goes. */
export function signOf(operation: Operation): '+' | '~' | '→' | '-' {
  switch (operation.type) {
    case 'add':
      return operation.replaces === null ? '+' : '~';
    case 'copy':
      return '→';
    case 'delete':
      return '-';
  }
}

/** Old and new value of an operation in words. */
export function renderChange(operation: Operation): string {
  const old = operation.replaces === null ? null : shorten(operation.replaces);
  switch (operation.type) {
    case 'add':
      return old === null ? shorten(operation.value) : `${old} → ${shorten(operation.value)}`;
    case 'copy': {
      const content = `${shorten(operation.value)} from ${escapeControls(operation.from)}`;
      return old === null ? content : `${old} → ${content}`;
    }
    case 'delete':
      return old ?? 'content not known';
  }
}

/** What became of an operation; empty: nothing was tried. */
export function renderOutcome(outcome: Outcome | null): string {
  switch (outcome?.status) {
    case undefined:
      return '';
    case 'applied':
      return outcome.attempts > 1 ? `applied in ${outcome.attempts} attempts` : 'applied';
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
