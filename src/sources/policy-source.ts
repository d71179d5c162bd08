import type { PolicySet } from '../model/policy.ts';

/** The policy set in force. A bad or unreadable set never replaces a good one. */
export interface PolicySource {
  current(): PolicySet;
  /** Why the newest files are not in force; null: they are. */
  problem(): string | null;
  /** Reads again; true when another revision is in force afterwards. */
  refresh(): Promise<boolean>;
}

export interface PolicySourceOptions {
  readonly initial: PolicySet;
  /** Reads and checks the whole set; throws on any error. */
  readonly load: () => Promise<PolicySet>;
  readonly onLoad: (result: 'ok' | 'invalid', detail: string) => void;
}

/** Keeps the last good set and says so when the files on disk are not it. */
export function createPolicySource({ initial, load, onLoad }: PolicySourceOptions): PolicySource {
  let current = initial;
  let problem: string | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function readAgain(): Promise<boolean> {
    let loaded: PolicySet;
    try {
      loaded = await load();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const isNews = message !== problem;
      problem = message;
      if (isNews) onLoad('invalid', message);
      return false;
    }
    const changed = loaded.revision !== current.revision;
    const recovered = problem !== null;
    current = loaded;
    problem = null;
    if (changed || recovered) onLoad('ok', loaded.revision);
    return changed;
  }

  return {
    current: () => current,
    problem: () => problem,
    refresh() {
      // One after the other: a slow read of old files must not replace what a later one found.
      const next = last.then(readAgain, readAgain);
      last = next;
      return next;
    },
  };
}
