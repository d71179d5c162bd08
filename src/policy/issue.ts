import { ReconcileError } from '../model/errors.ts';
import type { Position } from '../model/position.ts';
import type { IssueCode } from './codes.ts';

/** One text of the policy folder. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

export type Severity = 'error' | 'warning';

/** Something wrong in a policy file, with all a person needs to fix it. */
export interface PolicyIssue {
  /** Stable name of the mistake; ISSUES says what it means. */
  readonly code: IssueCode;
  readonly severity: Severity;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  readonly expected: string | null;
  /** Source line with a caret under the place; empty when the source is not at hand. */
  readonly excerpt: string;
  readonly suggestion: string | null;
}

/** What is known of an issue before it is placed. */
export interface Problem {
  readonly code: IssueCode;
  readonly message: string;
  readonly severity?: Severity;
  readonly expected?: string | null;
  readonly suggestion?: string | null;
}

/** Everything wrong in all files, thrown at once. */
export class PolicyErrors extends ReconcileError {
  readonly issues: readonly PolicyIssue[];

  constructor(issues: readonly PolicyIssue[]) {
    const problems = issues.length === 1 ? '1 problem' : `${issues.length} problems`;
    const texts = issues.map(renderIssue).join('\n\n');
    super('POLICY_INVALID', `Cannot load policies: ${problems} found\n\n${texts}`);
    this.issues = issues;
  }
}

/** `file:line:column: error[code] message`, the source line with a caret, what was expected, a guess. */
export function renderIssue(issue: PolicyIssue): string {
  const place = `${issue.file}:${issue.line}:${issue.column}`;
  const lines = [
    `${place}: ${issue.severity}[${issue.code}] ${issue.message}`,
    ...(issue.excerpt === '' ? [] : [issue.excerpt]),
    ...(issue.expected === null ? [] : [`  expected: ${issue.expected}`]),
    ...(issue.suggestion === null ? [] : [`  did you mean "${issue.suggestion}"?`]),
  ];
  return lines.join('\n');
}

/** Places a problem; `sourceLine` is the whole line, null when the source is not at hand. */
export function placeIssue(
  position: Position,
  problem: Problem,
  sourceLine: string | null,
): PolicyIssue {
  const { code, message, severity = 'error', expected = null, suggestion = null } = problem;
  const excerpt = sourceLine === null ? '' : renderExcerpt(sourceLine, position);
  return { code, severity, ...position, message, expected, excerpt, suggestion };
}

const WINDOW = 100;
// Control characters would let a policy file write to the reader's terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function renderExcerpt(sourceLine: string, { line, column }: Position): string {
  // A long line is shown around the place; a short one whole.
  const start = sourceLine.length <= WINDOW ? 0 : Math.max(0, column - 1 - WINDOW / 2);
  const shown = sourceLine.slice(start, start + WINDOW).trimEnd();
  const gutter = `  ${line} | `;
  const caret = `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1 - start)}^`;
  return `${gutter}${shown.replace(UNPRINTABLE, ' ')}\n${caret}`;
}
