import { targetKey } from '../model/target.ts';
import { encode } from './codec.ts';
import { lastOfEach } from './finished.ts';
import { VERSION } from './schemas.ts';
import { execute, type Sql } from './sql-query.ts';
import { STAND_AGAIN } from './sql-standings.ts';
import { FINISH_AGAIN, isNewer } from './sql-targets.ts';
import type { FinishedPass, Store } from './store.ts';

const FINISH_ALL = `
WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
    AS t (key, account, status, since, passed_at, run_id, baseline, due_at, record,
      state, unsynced_since, policies, mark)
  ),
  -- A newer release knows more of a target than would be left of its record.
  kept AS (
    UPDATE tagwarden.targets AS newer SET due_at = told.due_at::timestamptz FROM told
    WHERE newer.key = told.key AND ${isNewer('told.passed_at', 'newer')}
      AND newer.passed_at <= told.passed_at::timestamptz
    RETURNING newer.key
  ),
  finished AS (
    INSERT INTO tagwarden.targets AS old
      (key, account, v, status, since, passed_at, run_id, baseline, due_at, record)
    SELECT key, account, ${VERSION}, status, since::timestamptz, passed_at::timestamptz, run_id,
      baseline::integer, due_at::timestamptz, record FROM told
    WHERE key NOT IN (SELECT key FROM kept)
    ${FINISH_AGAIN}
    WHERE old.passed_at <= excluded.passed_at
    RETURNING key
  )
-- Rows are locked as finish() does it, the target before its standing, lest the two wait for each other.
INSERT INTO tagwarden.standings AS old (key, state, unsynced_since, policies, mark)
SELECT key, state, unsynced_since::timestamptz,
  ARRAY(SELECT jsonb_array_elements_text(policies::jsonb)),
  CASE WHEN key NOT IN (SELECT key FROM kept) THEN mark END
FROM told WHERE key IN (SELECT key FROM finished UNION ALL SELECT key FROM kept)
${STAND_AGAIN}`;

/** Records are long, and nothing else runs in an embedded database meanwhile. */
const AT_ONCE = 250;

/** What became of many targets, a statement for some hundred of them. */
export function createSqlFinishAll(sql: Sql): Pick<Store, 'finishAll'> {
  return {
    async finishAll(passes) {
      // In one order everywhere, lest two calls wait for each other.
      const all = lastOfEach(passes).toSorted(byKey).map(columns);
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const some = all.slice(at, at + AT_ONCE);
        const params = Array.from({ length: WIDTH }, (_, column) => some.map((row) => row[column]));
        await execute(sql, { what: 'keep what became of targets', text: FINISH_ALL, params });
      }
    },
  };
}

const WIDTH = 13;

function byKey({ record: one }: FinishedPass, { record: other }: FinishedPass): number {
  return targetKey(one.target) < targetKey(other.target) ? -1 : 1;
}

/** All of them texts, as drivers differ in how they write lists of anything else. */
function columns({ record, dueAt, standing }: FinishedPass): readonly (string | null)[] {
  const { target, status, since, passedAt, runId, baseline } = record;
  const { state, policies, at, mark = null } = standing;
  return [
    targetKey(target),
    target.account,
    status,
    since.toISOString(),
    passedAt.toISOString(),
    runId,
    baseline === null ? null : `${baseline}`,
    dueAt?.toISOString() ?? null,
    encode(record),
    state,
    state === 'in_sync' ? null : at.toISOString(),
    JSON.stringify(policies),
    mark,
  ];
}
