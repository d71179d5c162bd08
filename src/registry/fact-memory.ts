import type { DigestFact, DigestFactStore } from '../model/digest-fact.ts';

/** About 20 MB at most. */
const MAX_FACTS = 65_536;

/** Facts this process has met, in front of those that others share. What a silent store costs is requests, so it is passed over. */
export function createFactMemory(
  shared: DigestFactStore | null,
  maxFacts: number = MAX_FACTS,
): DigestFactStore {
  const known = new Map<string, DigestFact>();
  const keep = (fact: DigestFact): void => {
    known.delete(fact.digest);
    known.set(fact.digest, fact);
    const [oldest] = known.keys();
    if (known.size > maxFacts && oldest !== undefined) known.delete(oldest);
  };
  return {
    async getFacts(digests) {
      const found = new Map<string, DigestFact>();
      for (const digest of digests) {
        const fact = known.get(digest);
        if (fact !== undefined) found.set(digest, fact);
      }
      const missing = digests.filter((digest) => !found.has(digest));
      if (shared === null || missing.length === 0) return found;
      for (const fact of await orNothing(shared.getFacts(missing))) {
        found.set(fact.digest, fact);
        keep(fact);
      }
      return found;
    },
    async putFacts(facts) {
      for (const fact of facts) keep(fact);
      try {
        await shared?.putFacts(facts);
      } catch {
        // The next process reads them again.
      }
    },
  };
}

async function orNothing(
  answer: Promise<ReadonlyMap<string, DigestFact>>,
): Promise<readonly DigestFact[]> {
  try {
    return [...(await answer).values()];
  } catch {
    return [];
  }
}
