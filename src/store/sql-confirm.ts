import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { type Sql, select } from './sql-query.ts';
import type { Store } from './store.ts';

const CONFIRM = `
WITH told AS (
    SELECT key, mark, due_at::timestamptz AS due_at, place
    FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS t (key, mark, due_at, place)
  ),
  known AS (
    UPDATE tagwarden.targets SET passed_at = $4, due_at = told.due_at
    FROM told JOIN tagwarden.standings AS stand ON stand.key = told.key
    WHERE targets.key = told.key AND targets.passed_at <= $5
      AND stand.state = 'in_sync' AND stand.mark = told.mark
    RETURNING targets.key
  )
SELECT place::integer AS place FROM told
WHERE NOT EXISTS (SELECT FROM known WHERE known.key = told.key)
  AND NOT EXISTS (
    SELECT FROM tagwarden.targets AS newer WHERE newer.key = told.key AND newer.passed_at > $5
  )
ORDER BY place`;

const Place = z.object({ place: z.number() });

/** What was seen without a pass, compared where the records are. */
export function createSqlConfirm(sql: Sql): Pick<Store, 'confirm'> {
  return {
    async confirm(sightings, { seenAt, now }) {
      if (sightings.length === 0) return [];
      const params = [
        sightings.map(({ target }) => targetKey(target)),
        sightings.map(({ mark }) => mark),
        sightings.map(({ dueAt }) => dueAt?.toISOString() ?? null),
        now,
        seenAt,
      ];
      const what = 'confirm targets';
      const others = await select(sql, Place, { what, text: CONFIRM, params });
      return others.flatMap(({ place }) => sightings[place - 1]?.target ?? []);
    },
  };
}
