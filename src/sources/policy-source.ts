import type { PolicySet } from '../model/policy.ts';
import { commitOf } from '../model/revision.ts';
import { SourceError, type SourceFailure } from './origin.ts';
import { inTurns } from './turns.ts';

/** Why the newest files are not in force; the set of `lastGood` is. */
export interface PolicyCondition {
  readonly reason: 'invalid' | SourceFailure;
  readonly message: string;
  /** When it began to be so; another reason since then does not change it. */
  readonly since: Date;
  readonly lastGood: PolicySet['revision'];
}

/** The policy set in force. A bad or unreadable set never replaces a good one. */
export interface PolicySource {
  current(): PolicySet;
  /** Why the newest files are not in force; null: they are. */
  problem(): string | null;
  /** The same with its kind, its beginning and what is in force instead. */
  condition(): PolicyCondition | null;
  /** True: the set in force is that of this commit, so there is nothing to look for. */
  isAt(commit: string): boolean;
  /**
   * Reads again; true when another revision is in force afterwards. Who asks while others wait for their turn shares
   * it with them.
   */
  refresh(): Promise<boolean>;
}

/** A set as it was read. */
export interface LoadedSet extends PolicySet {
  /** When its commit was made; absent or null: it is of none. */
  readonly committedAt?: Date | null;
}

/** What came of reading; `isNews`: it is not what came of it before. */
export type LoadEvent =
  | {
      readonly result: 'ok';
      readonly revision: PolicySet['revision'];
      readonly previous: PolicySet['revision'];
      /** The remote went back to an older commit. */
      readonly isRollback: boolean;
      readonly isNews: boolean;
    }
  | {
      readonly result: PolicyCondition['reason'];
      readonly message: string;
      readonly isNews: boolean;
    };

export interface PolicySourceOptions {
  readonly initial: LoadedSet;
  /** Reads and checks the whole set; throws on any error. */
  readonly load: () => Promise<LoadedSet>;
  readonly onLoad: (event: LoadEvent) => void;
  readonly now: () => Date;
}

/** Revisions remembered to tell a rollback by. */
const REMEMBERED = 1_000;

/** Keeps the last good set and says so when the files at their place are not it. */
export function createPolicySource(options: PolicySourceOptions): PolicySource {
  const { load, onLoad, now } = options;
  let current = options.initial;
  let condition: PolicyCondition | null = null;
  const past = new Set<string>();

  function accept(loaded: LoadedSet): boolean {
    const { revision } = current;
    const changed = loaded.revision !== revision;
    const isRollback = changed && (past.has(loaded.revision) || isOlder(loaded, current));
    const isNews = changed || condition !== null;
    if (changed) past.add(revision);
    for (const oldest of [...past].slice(0, -REMEMBERED)) past.delete(oldest);
    current = loaded;
    condition = null;
    onLoad({ result: 'ok', revision: loaded.revision, previous: revision, isRollback, isNews });
    return changed;
  }

  function refuse(error: unknown): false {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof SourceError ? error.reason : 'invalid';
    const isNews = message !== condition?.message;
    condition = { reason, message, since: condition?.since ?? now(), lastGood: current.revision };
    onLoad({ result: reason, message, isNews });
    return false;
  }

  async function readAgain(): Promise<boolean> {
    const loaded = await load().catch((error: unknown) => ({ failed: error }));
    return 'failed' in loaded ? refuse(loaded.failed) : accept(loaded);
  }

  return {
    current: () => current,
    problem: () => condition?.message ?? null,
    condition: () => condition,
    isAt: (commit) => commitOf(current.revision)?.commit === commit && condition === null,
    // In turns: a slow read of old files must not replace what a later one found.
    refresh: inTurns(readAgain),
  };
}

/** Folders have no order in time; what falls back to an earlier content is a change like any other. */
function isOlder(loaded: LoadedSet, before: LoadedSet): boolean {
  if (!loaded.committedAt || !before.committedAt) return false;
  return loaded.committedAt.getTime() < before.committedAt.getTime();
}
