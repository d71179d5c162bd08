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
  return {
    current: () => current,
    problem: () => problem,
    async refresh() {
      try {
        const loaded = await load();
        const changed = loaded.revision !== current.revision;
        const recovered = problem !== null;
        current = loaded;
        problem = null;
        if (changed || recovered) onLoad('ok', loaded.revision);
        return changed;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== problem) onLoad('invalid', message);
        problem = message;
        return false;
      }
    },
  };
}
