import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES, MAX_DEATHS } from './limits.ts';
import { parseTargetKey, quote } from './place.ts';
import { VERSION } from './schemas.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import { isNewer } from './sql-targets.ts';
import type { Store } from './store.ts';

/** What a pass is told, out of the crashes that were counted. */
function factsOf(deaths: string): string {
  return `SELECT
  (SELECT baseline FROM tagwarden.targets WHERE key = $1 AND v = ${VERSION}) AS baseline,
  EXISTS (SELECT FROM tagwarden.targets WHERE key = $1 AND ${isNewer('$3')}) AS is_newer,
  (SELECT until FROM tagwarden.quarantines WHERE key = $1 AND until > $3) AS until,
  count(DISTINCT counted.process)::integer AS crashes,
  (count(DISTINCT counted.process) FILTER (WHERE counted.at > passed.at))::integer AS crashes_in_row,
  (SELECT count(*)::integer FROM ${deaths} WHERE at >= (SELECT min(died_at) FROM counted)) AS deaths
FROM passed LEFT JOIN counted ON true`;
}

/**
 * A statement does not see what it writes itself, so the new crash and the new death are added. What is trimmed is
 * never the row that is written: one statement may not change a row twice.
 */
const BEGIN = `
WITH former AS (
  SELECT process FROM tagwarden.owners WHERE key = $1 AND process <> $6::text
), owned AS (
  INSERT INTO tagwarden.owners (key, process, at) VALUES ($1, $6, $3)
  ON CONFLICT (key) DO UPDATE SET process = excluded.process, at = excluded.at
), added AS (
  INSERT INTO tagwarden.crashes (key, id, at, process)
  SELECT $1, $2::text, $3::timestamptz, (SELECT process FROM former)
  WHERE $2 IS NOT NULL ON CONFLICT DO NOTHING RETURNING process, at
), died AS (
  INSERT INTO tagwarden.deaths AS old (process, at)
  SELECT process, at FROM added WHERE process IS NOT NULL
  ON CONFLICT (process) DO UPDATE SET at = least(old.at, excluded.at) RETURNING process, at
), old_crashes AS (
  DELETE FROM tagwarden.crashes WHERE $2 IS NOT NULL AND key = $1 AND (at <= $5::timestamptz
    OR id IN (SELECT id FROM tagwarden.crashes WHERE key = $1 ORDER BY at DESC OFFSET ${MAX_CRASHES}))
), old_deaths AS (
  DELETE FROM tagwarden.deaths WHERE $2 IS NOT NULL AND process NOT IN (SELECT process FROM former)
    AND (at <= $5 OR process IN (SELECT process FROM tagwarden.deaths ORDER BY at DESC OFFSET ${MAX_DEATHS}))
), crash AS (
  SELECT process, at FROM tagwarden.crashes WHERE key = $1 AND at > $4::timestamptz
  UNION ALL SELECT process, at FROM added
), death AS (
  SELECT process, at FROM tagwarden.deaths WHERE process NOT IN (SELECT process FROM died)
  UNION ALL SELECT process, at FROM died
), counted AS (
  SELECT crash.process, crash.at, death.at AS died_at
  FROM crash JOIN death ON death.process = crash.process AND crash.at >= death.at
), passed AS (
  SELECT coalesce((SELECT passed_at FROM tagwarden.targets WHERE key = $1), '-infinity') AS at
)
${factsOf('death')}`;

/**
 * The same without a crash, which is nearly always: PostgreSQL plans it in a fraction of the time, and once. An owner that
 * stays the same is written again when its time is an hour old: it is kept for a day.
 */
const BEGIN_CALM = `
WITH owned AS (
  INSERT INTO tagwarden.owners AS old (key, process, at) VALUES ($1, $2, $3)
  ON CONFLICT (key) DO UPDATE SET process = excluded.process, at = excluded.at
  WHERE old.process <> excluded.process OR old.at < excluded.at - interval '1 hour'
), counted AS (
  SELECT crash.process, crash.at, death.at AS died_at
  FROM tagwarden.crashes AS crash
  JOIN tagwarden.deaths AS death ON death.process = crash.process AND crash.at >= death.at
  WHERE crash.key = $1 AND crash.at > $4::timestamptz
), passed AS (
  SELECT coalesce((SELECT passed_at FROM tagwarden.targets WHERE key = $1), '-infinity') AS at
)
${factsOf('tagwarden.deaths')}`;

const HEARD = 'DELETE FROM tagwarden.deaths WHERE process = $1';

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
  is_newer: z.boolean(),
  until: TimeColumn.nullable(),
  crashes: z.number(),
  crashes_in_row: z.number(),
  deaths: z.number(),
});
const Quarantine = z.object({ key: z.string(), until: TimeColumn });

type CrashPart = Pick<Store, 'begin' | 'heard' | 'quarantine' | 'release' | 'quarantined'>;

/** What a pass asks before it starts. */
export function createSqlCrashes(sql: Sql): CrashPart {
  return {
    async begin(target, { crash, process }, now) {
      const windowStart = new Date(now.getTime() - CRASH_WINDOW_MS);
      const memoryStart = new Date(now.getTime() - CRASH_MEMORY_MS);
      const key = targetKey(target);
      const [facts] = await select(sql, Facts, {
        what: `begin a pass over ${quote(target)}`,
        ...(crash === null
          ? { text: BEGIN_CALM, params: [key, process, now, windowStart] }
          : { text: BEGIN, params: [key, crash, now, windowStart, memoryStart, process] }),
      });
      const { baseline = null, until = null, crashes = 0, deaths = 0 } = facts ?? {};
      const crashesInRow = facts?.crashes_in_row ?? 0;
      const isOfNewerRelease = facts?.is_newer ?? false;
      const counted = { crashes, crashesInRow, deaths };
      return { baseline, isOfNewerRelease, quarantinedUntil: until, ...counted };
    },
    async heard(process) {
      await execute(sql, { what: 'give a sign of life', text: HEARD, params: [process] });
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
