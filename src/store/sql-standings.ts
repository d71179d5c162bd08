import { z } from 'zod';
import { type Sql, select, TimeColumn } from './sql-query.ts';
import { type Standing, type Store, TARGET_STATES } from './store.ts';

/**
 * What is carried over; finishAll() shares it. Most passes find what the one before them found: a row that stays as it is
 * costs no new one, and no VACUUM.
 */
export const STAND_AGAIN = `
ON CONFLICT (key) DO UPDATE SET
  state = excluded.state,
  unsynced_since = CASE WHEN excluded.unsynced_since IS NOT NULL
    THEN coalesce(old.unsynced_since, excluded.unsynced_since) END,
  policies = excluded.policies,
  mark = excluded.mark
WHERE old.state <> excluded.state OR old.policies <> excluded.policies
  OR old.mark IS DISTINCT FROM excluded.mark
  OR (old.unsynced_since IS NULL) <> (excluded.unsynced_since IS NULL)`;

/**
 * Notes how the target $1 stands, as standingParams() from $10 on say. Without a mark when `kept` has a row: confirm() would
 * count what a newer release wrote as passed, and so keep it for ever.
 */
export const STAND = `
INSERT INTO tagwarden.standings AS old (key, state, unsynced_since, policies, mark)
VALUES ($1, $10, $11, $12, CASE WHEN NOT EXISTS (SELECT FROM kept) THEN $13::text END) ${STAND_AGAIN}`;

/** The parameters of STAND. */
export function standingParams({ state, policies, at, mark = null }: Standing): unknown[] {
  return [state, state === 'in_sync' ? null : at, [...policies], mark];
}

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
