import { z } from 'zod';
import type { DigestFact, DigestFactStore } from '../model/digest-fact.ts';
import { decodeFact, encodeFact, inChunks } from './facts.ts';
import { FACT_MS, FACT_TOUCH_MS, MAX_FACTS } from './limits.ts';
import { execute, type Sql, select } from './sql-query.ts';

/** A use is noted once a day, so that most reads write nothing. */
const READ = `
WITH touched AS (
  UPDATE tagwarden.facts SET used_at = now()
  WHERE digest = ANY($1::text[]) AND used_at < now() - interval '${FACT_TOUCH_MS} milliseconds'
)
SELECT digest, fact FROM tagwarden.facts WHERE digest = ANY($1::text[])`;

/** Sorted, so that two callers cannot wait for each other. */
const KEEP = `
INSERT INTO tagwarden.facts (digest, fact, used_at)
SELECT given.digest, given.fact, now() FROM unnest($1::text[], $2::text[]) AS given (digest, fact)
ORDER BY given.digest
ON CONFLICT (digest) DO UPDATE SET fact = excluded.fact, used_at = excluded.used_at`;

const PRUNE = `
DELETE FROM tagwarden.facts WHERE used_at < now() - interval '${FACT_MS} milliseconds'
  OR digest IN (SELECT digest FROM tagwarden.facts ORDER BY used_at DESC OFFSET ${MAX_FACTS})`;

const Row = z.object({ digest: z.string(), fact: z.string() });

/** Facts of digests, one row each; pruneFacts() bounds them. */
export function createSqlFacts(sql: Sql): DigestFactStore {
  return {
    async getFacts(digests) {
      const facts = new Map<string, DigestFact>();
      for (const chunk of inChunks(digests, (digest) => digest)) {
        const what = 'read facts of digests';
        for (const row of await select(sql, Row, { what, text: READ, params: [chunk] })) {
          const fact = decodeFact(row.digest, row.fact);
          if (fact !== null) facts.set(row.digest, fact);
        }
      }
      return facts;
    },
    async putFacts(facts) {
      for (const chunk of inChunks(facts, ({ digest }) => digest)) {
        const params = [chunk.map(({ digest }) => digest), chunk.map(encodeFact)];
        await execute(sql, { what: 'keep facts of digests', text: KEEP, params });
      }
    },
  };
}

/** Drops facts nobody asked for in a while, and those asked for longest ago of too many. */
export async function pruneFacts(sql: Sql): Promise<void> {
  await execute(sql, { what: 'prune facts of digests', text: PRUNE, params: [] });
}
