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
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }

  function positionAt(offset: number): Position {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { file: path, line, column: col };
  }

  function lineAt(line: number): string {
    return text.slice(lines.lineStarts[line - 1], lines.lineStarts[line]);
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
