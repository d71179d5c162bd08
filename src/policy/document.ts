import type { Policy, Position } from '../model/policy.ts';
import { buildPolicy } from './build.ts';
import type { PolicyIssue, Problem } from './issue.ts';
import { keysAt } from './json-schema.ts';
import { eachNode, type Located, locate, type Path } from './located.ts';
import { ANNOUNCED, DOCUMENT_SCHEMAS, type DocumentKind } from './schema.ts';
import type { Source } from './source.ts';
import { suggest } from './suggest.ts';
import { announcedLater, type PlacedProblem, translateIssue } from './translate.ts';
import type { Tree } from './yaml-tree.ts';

/** A policy with the place of its name. */
export interface PlacedPolicy {
  readonly policy: Policy;
  readonly source: Source;
  readonly nameAt: number;
}

const KINDS = Object.keys(DOCUMENT_SCHEMAS);
/** Rules and their fields, not every entry of a long list. */
const POSITION_DEPTH = 3;

/** Reads one YAML document as a policy; null when it has errors, which go to `issues`. */
export function parseDocument(
  tree: Tree,
  source: Source,
  issues: PolicyIssue[],
): PlacedPolicy | null {
  const kind = kindOf(tree.value);
  const { located } = tree;
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
    const problems = parsed.error.issues.flatMap((issue) =>
      translateIssue(issue, tree, vocabulary),
    );
    const inOrder = withoutEchoes(problems).toSorted((left, right) => left.at - right.at);
    issues.push(...inOrder.map(({ at, problem }) => source.issueAt(at, problem)));
    return null;
  }
  const position = source.positionAt(located.valueAt);
  const positions = positionsOf(locate(located, ['spec']), source);
  const nameAt = locate(located, ['metadata', 'name']).at;
  return { policy: buildPolicy(parsed.data, { position, positions }), source, nameAt };
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
  if (ANNOUNCED.has(kind)) return announcedLater(`Kind "${kind}"`);
  const suggestion = suggest(kind, KINDS);
  return { code: 'unknown-kind', message: `Unknown kind "${kind}"`, expected, suggestion };
}

function positionsOf(spec: Located, source: Source): Readonly<Record<string, Position>> {
  const positions: Record<string, Position> = {};
  eachNode(spec, POSITION_DEPTH, (path, { at }) => {
    positions[path] = source.positionAt(at);
  });
  return positions;
}
