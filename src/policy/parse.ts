import { createHash } from 'node:crypto';
import type { PolicySet } from '../model/policy.ts';
import { assemble } from './assemble.ts';
import { type PlacedDocument, parseDocument } from './document.ts';
import { PolicyErrors, type PolicyFile, type PolicyIssue, placeIssue } from './issue.ts';
import { createSource, type Source } from './source.ts';
import { readDocuments } from './yaml-documents.ts';

export type { PolicyFile } from './issue.ts';

/** A set, and what is odd about it though it can be used; checkPolicies() tells it with the rest. */
export interface ParsedPolicies extends PolicySet {
  readonly warnings: readonly PolicyIssue[];
}

/**
 * Reads all files into one set, or throws PolicyErrors with everything wrong in any of them. A set without a policy
 * is an error: it must not read as "nothing to keep". `folder` is named in that case only.
 */
export function parsePolicies(files: readonly PolicyFile[], folder = 'policies'): ParsedPolicies {
  const issues: PolicyIssue[] = [];
  const ordered = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const placed = ordered.flatMap((file) => parseFile(createSource(file), issues));
  const { policies, tests, warnings } = assemble(placed, issues);
  if (policies.length === 0 && issues.length === 0) issues.push(emptySet(folder, files.length));
  if (issues.length > 0) throw new PolicyErrors(issues);
  return { revision: revisionOf(ordered), policies, tests, warnings };
}

function parseFile(source: Source, issues: PolicyIssue[]): readonly PlacedDocument[] {
  const trees = readDocuments(source, issues);
  return trees.flatMap((tree) => parseDocument(tree, source, issues) ?? []);
}

function emptySet(folder: string, files: number): PolicyIssue {
  const found = files === 1 ? 'in the 1 file' : `in ${files} files`;
  const message = `Folder "${folder}" holds no policy ${found}`;
  const expected = 'at least one policy document; an empty set never means "nothing to keep"';
  const position = { file: folder, line: 1, column: 1 };
  return placeIssue(position, { code: 'no-policies', message, expected }, null);
}

/** Lengths are hashed too, so that no two sets of files run into the same bytes. */
function revisionOf(ordered: readonly PolicyFile[]): `sha256:${string}` {
  const hash = createHash('sha256');
  for (const { path, text } of ordered) {
    hash.update(`${path.length}:${path}\0${text.length}:${text}`);
  }
  return `sha256:${hash.digest('hex')}`;
}
