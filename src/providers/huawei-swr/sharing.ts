import type { Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { SwrContext } from './call.ts';
import type { PartedTag } from './schema.ts';
import { listParts } from './tags.ts';

/** What a delete by digest would do harm to besides. */
export interface Others {
  /** Names of the same content. */
  readonly siblings: readonly string[];
  /** Names of indexes that the content is a part of, or may be for all that is told. */
  readonly indexes: readonly string[];
}

/** Which names share a content, as listed a moment ago. */
export interface Sharing {
  /**
   * Other names of the content that this tag has, or of what is made of it; none: it is the only one, or there is no such
   * name. Null: it was listed with another content.
   */
  othersOf(target: Target, tag: Tag, signal: AbortSignal): Promise<Others | null>;
  /** The name is gone by our own doing. */
  forget(target: Target, name: string): void;
  /** Something was bound here, so the next question is answered by a new listing. */
  drop(target: Target): void;
}

/** Pushes in between go unseen, as between any look and its write. */
const FRESH_MS = 30_000;
/** Targets are worked on a few at a time, and a large one takes some megabytes. */
const MAX_TARGETS = 8;

interface Known {
  readonly digests: Map<string, string>;
  readonly names: ReadonlyMap<string, Set<string>>;
  /** Indexes by the contents they are made of. */
  readonly parents: ReadonlyMap<string, Set<string>>;
  /** Indexes whose rows do not tell what they are made of: it may be anything. */
  readonly untold: Set<string>;
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly atMs: number;
}

/** Lists a repository at the first delete of a run, and again when that has become old. */
export function createSharing(context: SwrContext, now: () => Date): Sharing {
  const known = new Map<string, Known>();

  const look = async (target: Target, tag: Tag, signal: AbortSignal): Promise<Known> => {
    const key = targetKey(target);
    const kept = known.get(key);
    const isFresh = kept !== undefined && now().getTime() < kept.atMs + FRESH_MS;
    if (isFresh && kept.digests.get(tag.name) === tag.value) return kept;
    const atMs = now().getTime();
    const found = { ...arrange(await listParts(context, target, signal)), atMs };
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.keys();
    if (known.size > MAX_TARGETS && oldest !== undefined) known.delete(oldest);
    return found;
  };

  return {
    async othersOf(target, tag, signal) {
      const { digests, names, parents, untold } = await look(target, tag, signal);
      const digest = digests.get(tag.name);
      if (digest !== undefined && tag.value !== null && digest !== tag.value) return null;
      if (digest === undefined) return { siblings: [], indexes: [] };
      const others = (given: Iterable<string> = []) =>
        [...given].filter((other) => other !== tag.name);
      const siblings = others(names.get(digest));
      const indexes = others([...(parents.get(digest) ?? []), ...untold]);
      return { siblings, indexes: indexes.filter((name) => !siblings.includes(name)) };
    },
    forget(target, name) {
      const kept = known.get(targetKey(target));
      if (kept === undefined) return;
      const { digests, names, parents, untold, parts } = kept;
      names.get(digests.get(name) ?? '')?.delete(name);
      for (const part of parts.get(name) ?? []) parents.get(part)?.delete(name);
      untold.delete(name);
      digests.delete(name);
    },
    drop(target) {
      known.delete(targetKey(target));
    },
  };
}

/** The rows by what is asked of them. */
function arrange(tags: readonly PartedTag[]): Omit<Known, 'atMs'> {
  const digests = new Map<string, string>();
  const names = new Map<string, Set<string>>();
  const parents = new Map<string, Set<string>>();
  const parts = new Map<string, readonly string[]>();
  const untold = new Set<string>();
  for (const tag of tags) {
    // Unknown contents are taken for one, which many names have.
    const digest = tag.value ?? '';
    digests.set(tag.name, digest);
    note(names, digest, tag.name);
    if (tag.parts === null) untold.add(tag.name);
    if (tag.parts === null || tag.parts.length === 0) continue;
    parts.set(tag.name, tag.parts);
    for (const part of tag.parts) note(parents, part, tag.name);
  }
  return { digests, names, parents, parts, untold };
}

function note(sets: Map<string, Set<string>>, key: string, name: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([name]));
  else set.add(name);
}
