import type { Tag } from '../../model/tag.ts';
import { type Target, targetKey } from '../../model/target.ts';
import type { SwrContext } from './call.ts';
import { listTags } from './tags.ts';

/** Which names share a content, as listed a moment ago. */
export interface Sharing {
  /**
   * Other names of the content that this tag has; empty: it is the only one, or there is no such name. Null: it was listed
   * with another content.
   */
  othersOf(target: Target, tag: Tag, signal: AbortSignal): Promise<readonly string[] | null>;
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
    const { tags } = await listTags(context, target, signal);
    const digests = new Map<string, string>();
    const names = new Map<string, Set<string>>();
    for (const { name, value } of tags) {
      // Unknown contents are taken for one, which many names have.
      const digest = value ?? '';
      digests.set(name, digest);
      names.set(digest, (names.get(digest) ?? new Set()).add(name));
    }
    const found = { digests, names, atMs };
    known.delete(key);
    known.set(key, found);
    const [oldest] = known.keys();
    if (known.size > MAX_TARGETS && oldest !== undefined) known.delete(oldest);
    return found;
  };

  return {
    async othersOf(target, tag, signal) {
      const { digests, names } = await look(target, tag, signal);
      const digest = digests.get(tag.name);
      if (digest !== undefined && tag.value !== null && digest !== tag.value) return null;
      const sharers = names.get(digest ?? 'none') ?? new Set();
      return [...sharers].filter((other) => other !== tag.name);
    },
    forget(target, name) {
      const { digests, names } = known.get(targetKey(target)) ?? {};
      names?.get(digests?.get(name) ?? '')?.delete(name);
      digests?.delete(name);
    },
    drop(target) {
      known.delete(targetKey(target));
    },
  };
}
