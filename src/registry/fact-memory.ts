import type { DigestFact, DigestFactStore } from '../model/digest-fact.ts';

/** 75 MB when all of both are there. */
const MAX_FACTS = 65_536;
const MAX_CHILDREN = 8 * MAX_FACTS;

/** Facts this process has met, in front of those that others share. What a silent store costs is requests, so it is passed over. */
export function createFactMemory(
  shared: DigestFactStore | null,
  maxFacts: number = MAX_FACTS,
  maxChildren: number = MAX_CHILDREN,
): DigestFactStore {
  const known = new Map<string, DigestFact>();
  let children = 0;
  const drop = ({ digest }: DigestFact): void => {
    children -= known.get(digest)?.children?.length ?? 0;
    known.delete(digest);
  };
  const keep = (fact: DigestFact): void => {
    drop(fact);
    known.set(fact.digest, fact);
    children += fact.children?.length ?? 0;
    for (const oldest of known.values()) {
      if (known.size <= maxFacts && children <= maxChildren) break;
      drop(oldest);
    }
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
