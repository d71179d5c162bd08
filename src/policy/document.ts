import type { z } from 'zod';
import type { Position } from '../model/position.ts';
import { refuseVersion } from './api-version.ts';
import type { PolicyIssue, Problem } from './issue.ts';
import { keysAt } from './json-schema.ts';
import { eachNode, type Located, locate, type Path } from './located.ts';
import { ANNOUNCED, DOCUMENT_SCHEMAS, type DocumentKind, type PolicyDocument } from './schema.ts';
import type { Source } from './source.ts';
import { suggest } from './suggest.ts';
import { type PlacedProblem, translateIssue } from './translate.ts';
import type { Tree } from './yaml-tree.ts';

/** A checked document and where its parts stand. */
export interface PlacedDocument<D extends PolicyDocument = PolicyDocument> {
  readonly document: D;
  readonly source: Source;
  readonly located: Located;
}

type ZodIssue = z.core.$ZodIssue;

const KINDS = Object.keys(DOCUMENT_SCHEMAS);
/** Rules and their fields, not every entry of a long list. */
const POSITION_DEPTH = 3;

/** Reads one YAML document; null when it has errors, which go to `issues`. */
export function parseDocument(
  tree: Tree,
  source: Source,
  issues: PolicyIssue[],
): PlacedDocument | null {
  const kind = kindOf(tree.value);
  const { located } = tree;
  const refused = refuseVersion(tree.value);
  if (refused !== null) {
    issues.push(source.issueAt(locate(located, ['apiVersion']).valueAt, refused));
    return null;
  }
  if (!isKnown(kind)) {
    issues.push(source.issueAt(locate(located, ['kind']).valueAt, refuseKind(kind, tree.value)));
    return null;
  }
  const parsed = DOCUMENT_SCHEMAS[kind].safeParse(tree.value);
  if (!parsed.success) {
    const vocabulary = {
      keys: (path: Path) => keysAt(DOCUMENT_SCHEMAS[kind], path),
      announced: ANNOUNCED,
    };
    const problems = withoutDerived(parsed.error.issues).flatMap((issue) =>
      translateIssue(issue, tree, vocabulary),
    );
    const inOrder = withoutEchoes(problems).toSorted((left, right) => left.at - right.at);
    const found = inOrder.map(({ at, problem }) => source.issueAt(at, problem));
    // An alias without an anchor reads as nothing, which is not a second mistake.
    const dangling = issues.filter(
      ({ code, file }) => code === 'unknown-alias' && file === source.path,
    );
    const placeOf = ({ line, column }: PolicyIssue): string => `${line}:${column}`;
    const places = new Set(dangling.map(placeOf));
    issues.push(...found.filter((one) => !places.has(placeOf(one))));
    return null;
  }
  return { document: parsed.data, source, located };
}

/** A misspelt key is missed by the checks of its mapping too; only the misspelling is said. */
function withoutDerived(issues: readonly ZodIssue[]): readonly ZodIssue[] {
  const misspelt = new Set(
    issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('\0')),
  );
  return issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(path.join('\0')));
}

/** "No rule is given" is only an echo when a rule was given and is wrong. */
function withoutEchoes(problems: readonly PlacedProblem[]): readonly PlacedProblem[] {
  const causes = problems.filter(({ problem }) => problem.code !== 'no-rule');
  return causes.length === 0 ? problems : causes;
}

function kindOf(value: unknown): unknown {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping && 'kind' in value ? value.kind : undefined;
}

function isKnown(kind: unknown): kind is DocumentKind {
  return typeof kind === 'string' && KINDS.includes(kind);
}

function refuseKind(kind: unknown, value: unknown): Problem {
  const expected = `one of ${KINDS.join(', ')}`;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const message = 'The document is not a mapping';
    return { code: 'wrong-type', message, expected: 'apiVersion, kind, metadata and spec' };
  }
  if (kind === undefined) return { code: 'missing-key', message: 'Missing key "kind"', expected };
  if (typeof kind !== 'string')
    return { code: 'wrong-type', message: 'kind is not a text', expected };
  const suggestion = suggest(kind, KINDS);
  return { code: 'unknown-kind', message: `Unknown kind "${kind}"`, expected, suggestion };
}

/** Positions of everything under `spec` that a rule, report or complaint may name. */
export function positionsOf({
  located,
  source,
}: PlacedDocument): Readonly<Record<string, Position>> {
  const positions: Record<string, Position> = {};
  eachNode(locate(located, ['spec']), POSITION_DEPTH, (path, { at }) => {
    positions[path] = source.positionAt(at);
  });
  return positions;
}
