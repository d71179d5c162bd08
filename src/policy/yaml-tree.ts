import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from 'yaml';
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

/** Stops the walk: the document is a bomb, so nothing more is read of it. */
class TooLarge extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

interface Walk {
  readonly source: Source;
  readonly issues: PolicyIssue[];
  readonly anchors: Map<string, Node>;
  nodes: number;
  /** Where the outermost alias stands that is being followed: the place to name, whatever lies behind it. */
  aliasAt: number | null;
}

/** Turns a composed YAML node into plain data with offsets; null when the document cannot be used at all. */
export function readTree(root: Node, source: Source, issues: PolicyIssue[]): Tree | null {
  const walk: Walk = { source, issues, anchors: new Map(), nodes: 0, aliasAt: null };
  try {
    return readNode(walk, root, { at: startOf(root), depth: 0 });
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    const expected = `at most ${MAX_DEPTH} levels and ${MAX_NODES} nodes with aliases followed`;
    issues.push(source.issueAt(error.at, { code: 'yaml-bomb', message: error.message, expected }));
    return null;
  }
}

interface Place {
  readonly at: number;
  readonly depth: number;
}

function readNode(walk: Walk, node: Node | null, place: Place): Tree {
  walk.nodes += 1;
  const culprit = walk.aliasAt ?? place.at;
  if (walk.nodes > MAX_NODES) throw new TooLarge(culprit, 'The document has too many nodes');
  if (place.depth > MAX_DEPTH) throw new TooLarge(culprit, 'The document is nested too deeply');
  if (node === null) return leaf(null, place.at, place.at);
  if (isAlias(node)) return readAlias(walk, node, place);
  remember(walk, node);
  if (isMap<Node, Node | null>(node)) return readMap(walk, node.items, nodePlace(node, place));
  if (isSeq<Node>(node)) return readSeq(walk, node.items, nodePlace(node, place));
  return readScalar(walk.source, node, place);
}

interface NodePlace extends Place {
  readonly valueAt: number;
}

function nodePlace(node: Node, place: Place): NodePlace {
  return { ...place, valueAt: startOf(node) };
}

function startOf(node: Pick<ScalarNode, 'range'>): number {
  return node.range?.[0] ?? 0;
}

function leaf(value: unknown, at: number, valueAt: number, textAt: number | null = null): Tree {
  return { value, located: { at, valueAt, textAt, isSequence: false, children: NOTHING } };
}

/** What is read of a scalar; structural, for the guards of the library leave more than scalars. */
interface ScalarNode {
  readonly value?: unknown;
  readonly type?: string | undefined;
  readonly range?: Node['range'] | undefined;
}

function readScalar(source: Source, node: ScalarNode, { at }: Place): Tree {
  const valueAt = startOf(node);
  const start = node.type === Scalar.PLAIN ? valueAt : valueAt + 1;
  const shown = typeof node.value === 'string' && source.text.startsWith(node.value, start);
  return leaf(node.value, at, valueAt, shown ? start : null);
}

function remember(walk: Walk, node: Exclude<Node, Alias>): void {
  const name = node.anchor;
  if (name === undefined) return;
  const earlier = walk.anchors.get(name);
  if (earlier !== undefined && earlier !== node) {
    const message = `Anchor "&${name}" is set twice`;
    walk.issues.push(walk.source.issueAt(startOf(node), { code: 'duplicate-anchor', message }));
  }
  walk.anchors.set(name, node);
}

function readAlias(walk: Walk, alias: Alias, { at, depth }: Place): Tree {
  const valueAt = startOf(alias);
  const target = walk.anchors.get(alias.source);
  if (target === undefined) {
    const message = `Alias "*${alias.source}" has no anchor before it`;
    walk.issues.push(walk.source.issueAt(valueAt, { code: 'unknown-alias', message }));
    return leaf(null, at, valueAt);
  }
  const outermost = walk.aliasAt;
  walk.aliasAt ??= valueAt;
  const { value, located } = readNode(walk, target, { at, depth: depth + 1 });
  walk.aliasAt = outermost;
  return { value, located: { ...located, at, valueAt } };
}

function readSeq(walk: Walk, items: readonly Node[], place: NodePlace): Tree {
  const children = new Map<string, Located>();
  const { at, valueAt } = place;
  const value = items.map((item, index) => {
    const tree = readNode(walk, item, { at: startOf(item), depth: place.depth + 1 });
    children.set(String(index), tree.located);
    return tree.value;
  });
  return { value, located: { at, valueAt, textAt: null, isSequence: true, children } };
}

function readMap(walk: Walk, pairs: readonly Pair<Node, Node | null>[], place: NodePlace): Tree {
  const children = new Map<string, Located>();
  const value: Record<string, unknown> = {};
  const { at: mapAt, valueAt } = place;
  for (const pair of pairs) {
    const at = startOf(pair.key);
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const problem = refuseKey(key) ?? refuseRepeat(walk.source, key, children);
    if (problem !== null) walk.issues.push(walk.source.issueAt(at, problem));
    const tree = readNode(walk, pair.value, { at, depth: place.depth + 1 });
    if (problem !== null) continue;
    children.set(key, tree.located);
    value[key] = tree.value;
  }
  return { value, located: { at: mapAt, valueAt, textAt: null, isSequence: false, children } };
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
