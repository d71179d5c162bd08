import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { BEGINNING, type BegunPass } from './begun.ts';
import { gather } from './gather.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES, MAX_DEATHS } from './limits.ts';
import { parseTargetKey, quote } from './place.ts';
import { VERSION } from './schemas.ts';
import { evaluate, execute, type Sql, select, TimeColumn } from './sql-query.ts';
import { isNewer } from './sql-targets.ts';
import type { PassFacts, Store } from './store.ts';

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
SELECT
  $1 AS key,
  (SELECT baseline FROM tagwarden.targets WHERE key = $1 AND v = ${VERSION}) AS baseline,
  EXISTS (SELECT FROM tagwarden.targets WHERE key = $1 AND ${isNewer('$3')}) AS is_newer,
  (SELECT until FROM tagwarden.quarantines WHERE key = $1 AND until > $3) AS until,
  count(DISTINCT counted.process)::integer AS crashes,
  (count(DISTINCT counted.process) FILTER (WHERE counted.at > passed.at))::integer AS crashes_in_row,
  (SELECT count(*)::integer FROM death WHERE at >= (SELECT min(died_at) FROM counted)) AS deaths
FROM passed LEFT JOIN counted ON true`;

/**
 * The same for many without a crash, which is nearly always: PostgreSQL plans it in a fraction of the time, and once. Of a
 * target that had one within the hour it gives no row. An owner that stays the same is written again when its time is an
 * hour old: it is kept for a day.
 */
const BEGIN_CALM = `
WITH told AS (
  SELECT * FROM json_to_recordset($1) AS t (key text, process text, now timestamptz)
), owned AS (
  INSERT INTO tagwarden.owners AS old (key, process, at) SELECT key, process, now FROM told
  ON CONFLICT (key) DO UPDATE SET process = excluded.process, at = excluded.at
  WHERE old.process <> excluded.process OR old.at < excluded.at - interval '1 hour'
)
-- Looked up one by one: a join is planned for the size that a table has when the statement is first run.
SELECT told.key, known.baseline, coalesce(known.is_newer, false) AS is_newer,
  (SELECT until FROM tagwarden.quarantines WHERE key = told.key AND until > told.now) AS until,
  0 AS crashes, 0 AS crashes_in_row, 0 AS deaths
FROM told LEFT JOIN LATERAL (
  SELECT CASE WHEN v = ${VERSION} THEN baseline END AS baseline, ${isNewer('told.now')} AS is_newer
  FROM tagwarden.targets WHERE targets.key = told.key LIMIT 1
) AS known ON true
WHERE (
  SELECT count(*) FROM tagwarden.crashes WHERE crashes.key = told.key
    AND crashes.at > told.now - interval '${CRASH_WINDOW_MS} milliseconds'
) = 0`;

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
  key: z.string(),
  baseline: z.number().nullable(),
  is_newer: z.boolean(),
  until: TimeColumn.nullable(),
  crashes: z.number(),
  crashes_in_row: z.number(),
  deaths: z.number(),
});
const Quarantine = z.object({ key: z.string(), until: TimeColumn });

type CrashPart = Pick<Store, 'begin' | 'heard' | 'quarantine' | 'release' | 'quarantined'>;

/** Nothing else runs in an embedded database meanwhile. */
const AT_ONCE = 250;

/** What a pass asks before it starts. */
export function createSqlCrashes(sql: Sql): CrashPart {
  const begin = gather<BegunPass, PassFacts>({
    ...BEGINNING,
    most: AT_ONCE,
    call: async (passes) => {
      const calm = await beginCalm(sql, passes);
      const rest = async (pass: BegunPass) =>
        calm.get(targetKey(pass.target)) ?? (await beginCrashed(sql, pass));
      const begun = passes.map(rest);
      // What fails is asked again, and must not run beside itself: it would not see the crash that it has just noted.
      await Promise.allSettled(begun);
      return await Promise.all(begun);
    },
  });
  return {
    begin: async (target, start, now) => await begin({ target, ...start, now }),
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

/** Facts of those that no crash is held against. In one order everywhere, lest two statements wait for each other. */
async function beginCalm(
  sql: Sql,
  passes: readonly BegunPass[],
): Promise<ReadonlyMap<string, PassFacts>> {
  const calm = passes
    .filter(({ crash }) => crash === null)
    .map(({ target, process, now }) => ({ key: targetKey(target), process, now }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  if (calm.length === 0) return new Map();
  const rows = await evaluate(sql, Facts, { text: BEGIN_CALM, params: [JSON.stringify(calm)] });
  return new Map(rows.map((row) => [row.key, toFacts(row)]));
}

async function beginCrashed(
  sql: Sql,
  { target, crash, process, now }: BegunPass,
): Promise<PassFacts> {
  const windowStart = new Date(now.getTime() - CRASH_WINDOW_MS);
  const memoryStart = new Date(now.getTime() - CRASH_MEMORY_MS);
  const params = [targetKey(target), crash, now, windowStart, memoryStart, process];
  const [row] = await evaluate(sql, Facts, { text: BEGIN, params });
  if (row === undefined) throw new Error('an answer is missing');
  return toFacts(row);
}

function toFacts(row: z.infer<typeof Facts>): PassFacts {
  const { baseline, until, crashes, crashes_in_row: crashesInRow, deaths } = row;
  const counted = { crashes, crashesInRow, deaths };
  return { baseline, isOfNewerRelease: row.is_newer, quarantinedUntil: until, ...counted };
}
