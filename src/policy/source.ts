import { LineCounter } from 'yaml';
import type { Position } from '../model/position.ts';
import { type PolicyFile, type PolicyIssue, type Problem, placeIssue } from './issue.ts';

/** A policy file that can say where an offset stands. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Text of a line, counted from 1. */
  lineAt(line: number): string;
  positionAt(offset: number): Position;
  issueAt(offset: number, problem: Problem): PolicyIssue;
}

/** Wraps a file; offsets count UTF-16 units from the start of its text. */
export function createSource({ path, text }: PolicyFile): Source {
  const lines = new LineCounter();
  lines.addNewLine(0);
  let nextBreak = text.indexOf('\n');

  // Only as far as asked: a file that is refused for its size is not read for its lines.
  function countTo(offset: number): void {
    while (nextBreak !== -1 && nextBreak < offset) {
      lines.addNewLine(nextBreak + 1);
      nextBreak = text.indexOf('\n', nextBreak + 1);
    }
  }

  function positionAt(offset: number): Position {
    const within = Math.min(offset, text.length);
    countTo(within);
    const { line, col } = lines.linePos(within);
    return { file: path, line, column: col };
  }

  function lineAt(line: number): string {
    if (lines.lineStarts.length < line) countTo(text.length);
    const start = lines.lineStarts[line - 1];
    const end = text.indexOf('\n', start);
    return text.slice(start, end === -1 ? text.length : end);
  }

  return {
    path,
    text,
    lineAt,
    positionAt,
    issueAt: (offset, problem) => {
      const position = positionAt(offset);
      return placeIssue(position, problem, lineAt(position.line));
    },
  };
}
