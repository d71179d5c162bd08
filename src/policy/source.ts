import type { Position } from '../model/policy.ts';
import { placeIssue, type PolicyFile, type PolicyIssue, type Problem } from './issue.ts';

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
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);

  function positionAt(offset: number): Position {
    const inside = Math.min(offset, text.length);
    const line = lastAtMost(starts, inside);
    return { file: path, line: line + 1, column: inside - (starts[line] ?? 0) + 1 };
  }

  function lineAt(line: number): string {
    return text.slice(starts[line - 1], starts[line]);
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

function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
