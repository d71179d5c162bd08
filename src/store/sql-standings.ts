import { z } from 'zod';
import { type Sql, select, TimeColumn } from './sql-query.ts';
import { type Store, TARGET_STATES } from './store.ts';

const STATES = 'SELECT state, count(*)::integer AS count FROM tagwarden.standings GROUP BY state';

const OLDEST = `
SELECT policy, min(unsynced_since) AS since
FROM tagwarden.standings, unnest(policies) AS policy
WHERE unsynced_since IS NOT NULL AND policy = ANY ($1::text[]) GROUP BY policy`;

const StateRow = z.object({ state: z.enum(TARGET_STATES), count: z.number() });
const OldestRow = z.object({ policy: z.string(), since: TimeColumn });

/** One row a target; what is not in sync has an index of its own, as it is little. */
export function createSqlStandings(sql: Sql): Pick<Store, 'standings'> {
  return {
    async standings(policies) {
      const what = 'count how targets stand';
      const [states, oldest] = await Promise.all([
        select(sql, StateRow, { what, text: STATES, params: [] }),
        select(sql, OldestRow, { what, text: OLDEST, params: [[...policies]] }),
      ]);
      const counts = new Map(states.map(({ state, count }) => [state, count]));
      return {
        states: new Map(TARGET_STATES.map((state) => [state, counts.get(state) ?? 0])),
        oldestUnsynced: new Map(oldest.map(({ policy, since }) => [policy, since])),
      };
    },
  };
}
