import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { quote } from './place.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import { type Store, TARGET_STATES } from './store.ts';

const STAND = `
INSERT INTO tagwarden.standings AS old (key, state, unsynced_since, policies, mark)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET
  state = excluded.state,
  unsynced_since = CASE WHEN excluded.unsynced_since IS NOT NULL
    THEN coalesce(old.unsynced_since, excluded.unsynced_since) END,
  policies = excluded.policies,
  mark = excluded.mark`;

const STATES = 'SELECT state, count(*)::integer AS count FROM tagwarden.standings GROUP BY state';

const OLDEST = `
SELECT policy, min(unsynced_since) AS since
FROM tagwarden.standings, unnest(policies) AS policy
WHERE unsynced_since IS NOT NULL AND policy = ANY ($1::text[]) GROUP BY policy`;

const StateRow = z.object({ state: z.enum(TARGET_STATES), count: z.number() });
const OldestRow = z.object({ policy: z.string(), since: TimeColumn });

type StandingPart = Pick<Store, 'stand' | 'standings'>;

/** One row a target; what is not in sync has an index of its own, as it is little. */
export function createSqlStandings(sql: Sql): StandingPart {
  return {
    async stand(target, { state, policies, at, mark = null }) {
      const since = state === 'in_sync' ? null : at;
      const params = [targetKey(target), state, since, [...policies], mark];
      await execute(sql, { what: `note how ${quote(target)} stands`, text: STAND, params });
    },
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
