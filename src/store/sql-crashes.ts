import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES } from './limits.ts';
import { parseTargetKey, quote } from './place.ts';
import { VERSION } from './schemas.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import type { Store } from './store.ts';

/** Without a crash it only reads. A statement does not see its own new row, so that one is added. */
const BEGIN = `
WITH added AS (
  INSERT INTO tagwarden.crashes (key, id, at) SELECT $1, $2::text, $3::timestamptz
  WHERE $2 IS NOT NULL ON CONFLICT DO NOTHING RETURNING at
), forgotten AS (
  DELETE FROM tagwarden.crashes WHERE $2 IS NOT NULL AND key = $1 AND (at <= $5::timestamptz
    OR id IN (SELECT id FROM tagwarden.crashes WHERE key = $1 ORDER BY at DESC OFFSET ${MAX_CRASHES}))
)
SELECT
  (SELECT baseline FROM tagwarden.targets WHERE key = $1 AND v = ${VERSION}) AS baseline,
  (SELECT until FROM tagwarden.quarantines WHERE key = $1 AND until > $3) AS until,
  (SELECT count(*)::integer FROM tagwarden.crashes WHERE key = $1 AND at > $4::timestamptz)
    + (SELECT count(*)::integer FROM added) AS crashes`;

const QUARANTINE = `
INSERT INTO tagwarden.quarantines (key, until) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET until = excluded.until`;

const RELEASE = `
WITH forgotten AS (DELETE FROM tagwarden.crashes WHERE key = $1)
DELETE FROM tagwarden.quarantines WHERE key = $1 RETURNING key`;

const QUARANTINED = `
SELECT key, until FROM tagwarden.quarantines WHERE until > $1 ORDER BY key`;

const Facts = z.object({
  baseline: z.number().nullable(),
  until: TimeColumn.nullable(),
  crashes: z.number(),
});
const Quarantine = z.object({ key: z.string(), until: TimeColumn });

type CrashPart = Pick<Store, 'begin' | 'quarantine' | 'release' | 'quarantined'>;

/** What a pass asks before it starts. */
export function createSqlCrashes(sql: Sql): CrashPart {
  return {
    async begin(target, crash, now) {
      const windowStart = new Date(now.getTime() - CRASH_WINDOW_MS);
      const memoryStart = new Date(now.getTime() - CRASH_MEMORY_MS);
      const [facts] = await select(sql, Facts, {
        what: `begin a pass over ${quote(target)}`,
        text: BEGIN,
        params: [targetKey(target), crash, now, windowStart, memoryStart],
      });
      const { baseline = null, until = null, crashes = 0 } = facts ?? {};
      return { baseline, quarantinedUntil: until, crashes };
    },
    async quarantine(target, until) {
      const what = `quarantine ${quote(target)}`;
      await execute(sql, { what, text: QUARANTINE, params: [targetKey(target), until] });
    },
    async release(target) {
      const what = `release ${quote(target)}`;
      return (await execute(sql, { what, text: RELEASE, params: [targetKey(target)] })) > 0;
    },
    async quarantined(now) {
      const what = 'list quarantined targets';
      const rows = await select(sql, Quarantine, { what, text: QUARANTINED, params: [now] });
      return rows.map(({ key, until }) => ({ target: parseTargetKey(key), until }));
    },
  };
}
