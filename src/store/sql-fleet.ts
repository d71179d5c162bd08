import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { decodePause, encode, scopeKey } from './codec.ts';
import { LEARNED_MS } from './limits.ts';
import { quote } from './place.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import type { Store } from './store.ts';

const PAUSE = `
INSERT INTO tagwarden.pauses (scope, pause) VALUES ($1, $2)
ON CONFLICT (scope) DO UPDATE SET pause = excluded.pause`;

const RESUME = `
WITH forgotten AS (DELETE FROM tagwarden.deletes WHERE $2)
DELETE FROM tagwarden.pauses WHERE scope = $1`;

const SEEN = 'SELECT name, seen_at FROM tagwarden.first_seen WHERE key = $1';

const SEE = `
WITH gone AS (DELETE FROM tagwarden.first_seen WHERE key = $1 AND name = ANY($2::text[]))
INSERT INTO tagwarden.first_seen (key, name, seen_at) SELECT $1, unnest($3::text[]), $4
ON CONFLICT DO NOTHING`;

const LEARNED = `
SELECT value FROM tagwarden.learned
WHERE account = $1 AND fact = $2 AND at >= now() - make_interval(secs => $3)`;

const LEARN = `
INSERT INTO tagwarden.learned (account, fact, value, at) VALUES ($1, $2, $3, now())
ON CONFLICT (account, fact) DO UPDATE SET value = excluded.value, at = excluded.at`;

const PauseRow = z.object({ scope: z.string(), pause: z.string() });
const Seen = z.object({ name: z.string(), seen_at: TimeColumn });
const Learned = z.object({ value: z.string() });

type FleetPart = Pick<Store, 'pauses' | 'pause' | 'resume' | 'firstSeen' | 'learned' | 'learn'>;

/** What all workers share: pauses, what was seen and learned. */
export function createSqlFleet(sql: Sql): FleetPart {
  return {
    async pauses() {
      const text = 'SELECT scope, pause FROM tagwarden.pauses ORDER BY scope';
      const rows = await select(sql, PauseRow, { what: 'read pauses', text, params: [] });
      return rows.map(({ scope, pause }) => decodePause(scope, pause));
    },
    async pause(pause) {
      const params = [scopeKey(pause.scope), encode(pause)];
      await execute(sql, { what: 'pause', text: PAUSE, params });
    },
    async resume(scope) {
      const params = [scopeKey(scope), scope.type === 'deletes'];
      return (await execute(sql, { what: 'resume', text: RESUME, params })) > 0;
    },
    async firstSeen(target, names, now) {
      const key = targetKey(target);
      const what = `read first-seen times of ${quote(target)}`;
      const rows = await select(sql, Seen, { what, text: SEEN, params: [key] });
      const known = new Map(rows.map(({ name, seen_at: seenAt }) => [name, seenAt]));
      // Compared here: with statistics of a smaller table PostgreSQL compares each name with each other, for minutes.
      const given = new Set(names);
      const gone = [...known.keys()].filter((name) => !given.has(name));
      const added = [...given].filter((name) => !known.has(name));
      if (gone.length + added.length > 0) {
        await execute(sql, { what, text: SEE, params: [key, gone, added, now] });
      }
      return new Map(names.map((name) => [name, known.get(name) ?? now]));
    },
    async learned(account, fact) {
      const what = `read what was learned of "${account}"`;
      const params = [account, fact, LEARNED_MS / 1_000];
      const [row] = await select(sql, Learned, { what, text: LEARNED, params });
      return row?.value ?? null;
    },
    async learn(account, fact, value) {
      const what = `keep what was learned of "${account}"`;
      await execute(sql, { what, text: LEARN, params: [account, fact, value] });
    },
  };
}
