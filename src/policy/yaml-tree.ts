import {
  type Alias,
  isAlias,
  isMap,
  isSeq,
  type ParsedNode,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { PolicyIssue, Problem } from './issue.ts';
import type { Located } from './located.ts';
import type { Source } from './source.ts';

/** Plain value of a YAML document and where each part of it stands. */
export interface Tree {
  readonly value: unknown;
  readonly located: Located;
}

/** Deepest nesting of a document, aliases followed. */
export const MAX_DEPTH = 20;
/** Nodes of a document, aliases followed: what stops a "billion laughs". */
const MAX_NODES = 10_000;

const NOTHING: ReadonlyMap<string, Located> = new Map();
const NO_KEYS = 'no key of that name; it would change the object, not describe it';
const LIMITS = `at most ${MAX_DEPTH} levels and ${MAX_NODES} nodes with aliases followed`;

interface Walk {
  readonly source: Source;
  readonly issues: PolicyIssue[];
  readonly anchors: Map<string, ParsedNode>;
  nodes: number;
  /** A limit was passed: nothing more is read, and nothing of it is used. */
  exhausted: boolean;
  /** Where the outermost alias stands that is being followed: the place to name, whatever lies behind it. */
  aliasAt: number | null;
}

/** Turns a composed YAML node into plain data with offsets; null when the document cannot be used at all. */
export function readTree(root: ParsedNode, source: Source, issues: PolicyIssue[]): Tree | null {
  const anchors = new Map<string, ParsedNode>();
  const walk: Walk = { source, issues, anchors, nodes: 0, exhausted: false, aliasAt: null };
  const tree = readNode(walk, root, { at: root.range[0], depth: 0 });
  return walk.exhausted ? null : tree;
}

interface Place {
  readonly at: number;
  readonly depth: number;
}

function readNode(walk: Walk, node: ParsedNode | null, place: Place): Tree {
  const { at, depth } = place;
  walk.nodes += 1;
  if (walk.nodes > MAX_NODES) stop(walk, at, 'The document has too many nodes');
  if (depth > MAX_DEPTH) stop(walk, at, 'The document is nested too deeply');
  if (walk.exhausted || node === null) return leaf(null, at, at);
  if (isAlias(node)) return readAlias(walk, node, place);
  remember(walk, node);
  if (isMap(node)) return readMap(walk, node, place);
  return isSeq(node) ? readSeq(walk, node, place) : readScalar(walk.source, node, at);
}

function stop(walk: Walk, at: number, message: string): void {
  if (walk.exhausted) return;
  walk.exhausted = true;
  const problem = { code: 'yaml-bomb', message, expected: LIMITS } as const;
  walk.issues.push(walk.source.issueAt(walk.aliasAt ?? at, problem));
}

function leaf(value: unknown, at: number, valueAt: number, textAt: number | null = null): Tree {
  return { value, located: { at, valueAt, textAt, isSequence: false, children: NOTHING } };
}

function readScalar(source: Source, node: Scalar.Parsed, at: number): Tree {
  const valueAt = node.range[0];
  const start = node.type === Scalar.PLAIN ? valueAt : valueAt + 1;
  const shown = typeof node.value === 'string' && source.text.startsWith(node.value, start);
  return leaf(node.value, at, valueAt, shown ? start : null);
}

function remember(walk: Walk, node: Exclude<ParsedNode, Alias>): void {
  const name = node.anchor;
  if (name === undefined) return;
  const earlier = walk.anchors.get(name);
  if (earlier !== undefined && earlier !== node) {
    const message = `Anchor "&${name}" is set twice`;
    walk.issues.push(walk.source.issueAt(node.range[0], { code: 'duplicate-anchor', message }));
  }
  walk.anchors.set(name, node);
}

function readAlias(walk: Walk, alias: Alias.Parsed, { at, depth }: Place): Tree {
  const valueAt = alias.range[0];
  const target = walk.anchors.get(alias.source);
  if (target === undefined) {
    const message = `Alias "*${alias.source}" has no anchor before it`;
    const expected = `an anchor above it; quotes when text is meant: "*${alias.source}"`;
    walk.issues.push(walk.source.issueAt(valueAt, { code: 'unknown-alias', message, expected }));
    return leaf(null, at, valueAt);
  }
  const outermost = walk.aliasAt;
  walk.aliasAt ??= valueAt;
  const { value, located } = readNode(walk, target, { at, depth: depth + 1 });
  walk.aliasAt = outermost;
  return { value, located: { ...located, at, valueAt } };
}

function readSeq(walk: Walk, { items, range }: YAMLSeq.Parsed, place: Place): Tree {
  const children = new Map<string, Located>();
  const value = items.map((item, index) => {
    const tree = readNode(walk, item, { at: item.range[0], depth: place.depth + 1 });
    children.set(String(index), tree.located);
    return tree.value;
  });
  const [valueAt] = range;
  return { value, located: { at: place.at, valueAt, textAt: null, isSequence: true, children } };
}

function readMap(walk: Walk, map: YAMLMap.Parsed, place: Place): Tree {
  const children = new Map<string, Located>();
  const value: Record<string, unknown> = {};
  for (const pair of map.items) {
    const at = pair.key.range[0];
    const key = String(pair.key); // stringKeys: the composer has refused every other kind
    const problem = refuseKey(key) ?? refuseRepeat(walk.source, key, children);
    if (problem !== null) walk.issues.push(walk.source.issueAt(at, problem));
    const tree = readNode(walk, pair.value, { at, depth: place.depth + 1 });
    if (problem !== null) continue;
    children.set(key, tree.located);
    value[key] = tree.value;
  }
  const [valueAt] = map.range;
  return { value, located: { at: place.at, valueAt, textAt: null, isSequence: false, children } };
}

function refuseKey(key: string): Problem | null {
  if (key === '__proto__') {
    return { code: 'forbidden-key', message: 'Key "__proto__" is not allowed', expected: NO_KEYS };
  }
  if (key !== '<<') return null;
  const expected = 'the keys written out, or an alias as the whole value';
  return { code: 'merge-key', message: 'Merge keys ("<<") are not supported', expected };
}

function refuseRepeat(
  source: Source,
  key: string,
  seen: ReadonlyMap<string, Located>,
): Problem | null {
  const earlier = seen.get(key);
  if (earlier === undefined) return null;
  const { line, column } = source.positionAt(earlier.at);
  const message = `Key "${key}" is set twice, first at ${line}:${column}`;
  return { code: 'duplicate-key', message, expected: 'each key once' };
}
