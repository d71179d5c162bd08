import { z } from 'zod';
import {
  DELETE_BUCKET_MS,
  DELETE_BUCKETS,
  longestAheadMs,
  MIN_DELETES,
  pace,
  toGrant,
} from './limits.ts';
import { execute, type Sql, select } from './sql-query.ts';
import type { Store } from './store.ts';

const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)::double precision';
/** One minute for the whole statement, which reads and writes it. */
const BUCKET = `floor(extract(epoch FROM statement_timestamp()) * 1000 / ${DELETE_BUCKET_MS})::bigint`;

const BUDGET = `CASE WHEN $3::double precision >= 100 THEN $2::integer ELSE least($2, greatest(${MIN_DELETES}, floor(
  (SELECT coalesce(sum(baseline), 0) FROM tagwarden.targets) * $3 / 100))) END`;

const IN_WINDOW = `abs(bucket.key::bigint - ${BUCKET}) <= ${DELETE_BUCKETS}`;

/**
 * One row holds all minutes, so its lock orders the takers: each of them decides by what the one before left. A minute
 * so far off that only a wrong clock can have written it does not count.
 */
const TAKE_DELETES = `
INSERT INTO tagwarden.deletes AS old (id, buckets)
SELECT 1, jsonb_build_object(${BUCKET}, $1::integer) WHERE $1 <= ${BUDGET}
ON CONFLICT (id) DO UPDATE SET buckets = (
  SELECT coalesce(jsonb_object_agg(bucket.key, bucket.value), '{}') || jsonb_build_object(
    ${BUCKET}, coalesce((old.buckets ->> (${BUCKET})::text)::integer, 0) + $1)
  FROM jsonb_each(old.buckets) AS bucket WHERE ${IN_WINDOW}
)
WHERE (
  SELECT coalesce(sum(bucket.value::integer), 0)
  FROM jsonb_each_text(old.buckets) AS bucket WHERE ${IN_WINDOW}
) + $1 <= ${BUDGET}
RETURNING id`;

/** Moves on the time at which the account's next request is due, and tells when the first of these is. */
const RESERVE = `
INSERT INTO tagwarden.rates AS old (account, due)
VALUES ($1, ${NOW_MS} - $4::double precision + $2::integer * $3::double precision)
ON CONFLICT (account) DO UPDATE
SET due = greatest(
  CASE WHEN old.due > ${NOW_MS} + $5::double precision THEN 0 ELSE old.due END, ${NOW_MS} - $4
) + $2 * $3
RETURNING old.due - $2 * $3 - ${NOW_MS} AS ahead`;

const Ahead = z.object({ ahead: z.number() });

type LimitPart = Pick<Store, 'takeDeletes' | 'reserve'>;

/** Budgets that all workers share, by the clock of the database. */
export function createSqlLimits(sql: Sql): LimitPart {
  return {
    async takeDeletes(count, { maxPerHour, maxPercent }) {
      const params = [count, maxPerHour, maxPercent];
      return (await execute(sql, { what: 'take deletes', text: TAKE_DELETES, params })) > 0;
    },
    async reserve(account, request) {
      const { spacingMs, toleranceMs } = pace(request);
      const [row] = await select(sql, Ahead, {
        what: `reserve requests of "${account}"`,
        text: RESERVE,
        params: [account, request.count, spacingMs, toleranceMs, longestAheadMs(request)],
      });
      return toGrant(row?.ahead ?? 0, request);
    },
  };
}
