import { targetKey } from '../model/target.ts';
import { encode } from './codec.ts';
import { createFinish, type Wins } from './finished.ts';
import { VERSION } from './schemas.ts';
import type { Sql } from './sql-query.ts';
import { isNewer } from './sql-targets.ts';
import type { FinishedPass, Standing, Store } from './store.ts';

/** A newer release knows more of a target than would be left of its record. */
const carryOver = (column: string, value = `excluded.${column}`): string =>
  `${column} = CASE WHEN ${isNewer('excluded.passed_at', 'old')} THEN old.${column} ELSE ${value} END`;

/** What of the record before is carried over. */
const FINISH_AGAIN = `
ON CONFLICT (key) DO UPDATE SET
  ${carryOver('v')},
  ${carryOver('status')},
  ${carryOver(
    'since',
    `CASE WHEN old.v = excluded.v AND old.status = excluded.status
      THEN old.since ELSE excluded.since END`,
  )},
  ${carryOver('passed_at')},
  ${carryOver('run_id', 'coalesce(excluded.run_id, CASE WHEN old.v = excluded.v THEN old.run_id END)')},
  ${carryOver('baseline', 'coalesce(excluded.baseline, CASE WHEN old.v = excluded.v THEN old.baseline END)')},
  ${carryOver('record')},
  due_at = excluded.due_at`;

/**
 * What is carried over. Most passes find what the one before them found: a row that stays as it is
 * costs no new one, and no VACUUM.
 */
const STAND_AGAIN = `
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
 * One text of JSON for all: a list for each column takes longer to send, and is planned anew for each length. Without a mark
 * where a newer release keeps its record: confirm() would count that as passed, and so keep it for ever.
 */
const FINISH = `
WITH told AS (
    SELECT * FROM json_to_recordset($1) AS t (
      key text, account text, status text, since timestamptz, passed_at timestamptz, run_id text,
      baseline integer, due_at timestamptz, record text,
      state text, unsynced_since timestamptz, policies text[], mark text
    )
  ),
  finished AS (
    INSERT INTO tagwarden.targets AS old
      (key, account, v, status, since, passed_at, run_id, baseline, due_at, record)
    SELECT key, account, ${VERSION}, status, since, passed_at, run_id, baseline, due_at, record FROM told
    ${FINISH_AGAIN}
    WHERE $2 OR old.passed_at <= excluded.passed_at
    RETURNING key, v
  )
-- Rows are locked in one order everywhere, the target before its standing, lest two statements wait for each other.
INSERT INTO tagwarden.standings AS old (key, state, unsynced_since, policies, mark)
SELECT told.key, state, unsynced_since, policies, CASE WHEN finished.v = ${VERSION} THEN mark END
FROM told JOIN finished ON finished.key = told.key WHERE state IS NOT NULL
${STAND_AGAIN}`;

/** Records are long, and nothing else runs in an embedded database meanwhile. */
const AT_ONCE = 250;

/** What became of targets, a statement for some hundred of them. */
export function createSqlFinish(sql: Sql): Pick<Store, 'finish' | 'finishAll'> {
  const write = async (passes: readonly FinishedPass[], wins: Wins) =>
    await sql.query(FINISH, toParams(passes, wins));
  return createFinish({ most: AT_ONCE, write });
}

/** In one order everywhere, lest two calls wait for each other. */
function toParams(passes: readonly FinishedPass[], wins: Wins): unknown[] {
  return [JSON.stringify(passes.map(toRow).toSorted(byKey)), wins === 'always'];
}

function toRow({ record, dueAt, standing }: FinishedPass) {
  const { target, status, since, passedAt, runId, baseline } = record;
  return {
    key: targetKey(target),
    account: target.account,
    status,
    since,
    passed_at: passedAt,
    run_id: runId,
    baseline,
    due_at: dueAt,
    record: encode(record),
    ...(standing === null ? {} : standingColumns(standing)),
  };
}

function byKey(one: { readonly key: string }, other: { readonly key: string }): number {
  return one.key < other.key ? -1 : 1;
}

function standingColumns({ state, policies, at, mark = null }: Standing) {
  return { state, unsynced_since: state === 'in_sync' ? null : at, policies, mark };
}
