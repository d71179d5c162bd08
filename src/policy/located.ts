/** Where a YAML node stands: offsets into its file. Mirrors the plain value it was read to. */
export interface Located {
  /** The key when it stands in a mapping, else the node itself. */
  readonly at: number;
  /** Start of the value. */
  readonly valueAt: number;
  /** Start of the scalar's characters when the source shows them one to one; null: escapes, blocks, aliases. */
  readonly textAt: number | null;
  readonly isSequence: boolean;
  /** By key or by index as text. */
  readonly children: ReadonlyMap<string, Located>;
}

export type Path = readonly (string | number)[];

/** The node at a path, or its nearest ancestor that exists. */
export function locate(root: Located, path: Path): Located {
  let node = root;
  for (const step of path) {
    const child = node.children.get(String(step));
    if (child === undefined) return node;
    node = child;
  }
  return node;
}

/** `targets[0].images.name`; the empty path renders as ''. */
export function renderPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Calls back for every node below the root, at most `depth` steps down. */
export function eachNode(
  root: Located,
  depth: number,
  visit: (path: string, node: Located) => void,
): void {
  const walk = (node: Located, prefix: string, left: number): void => {
    if (left === 0) return;
    for (const [step, child] of node.children) {
      const dotted = prefix === '' ? step : `${prefix}.${step}`;
      const path = node.isSequence ? `${prefix}[${step}]` : dotted;
      visit(path, child);
      walk(child, path, left - 1);
    }
  };
  walk(root, '', depth);
}
