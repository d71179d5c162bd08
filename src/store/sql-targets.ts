import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { decode } from './codec.ts';
import { NEWER_RECORD_MS } from './limits.ts';
import { parseTargetKey, quote } from './place.ts';
import { RecordSchema, VERSION } from './schemas.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import type { Store } from './store.ts';

/** Condition on a record: a newer release, which is still at work at `now`, wrote it. `row`: its table, where it must be said. */
export function isNewer(now: string, row = 'targets'): string {
  return `${row}.v > ${VERSION} AND ${row}.passed_at > ${now}::timestamptz - interval '${NEWER_RECORD_MS} milliseconds'`;
}

/** Forgets the targets of a condition over `key`; what follows a WITH. */
export function forgetting(condition: string): string {
  return `gone_crashes AS (DELETE FROM tagwarden.crashes WHERE ${condition}),
  gone_owners AS (DELETE FROM tagwarden.owners WHERE ${condition}),
  gone_quarantines AS (DELETE FROM tagwarden.quarantines WHERE ${condition}),
  gone_standings AS (DELETE FROM tagwarden.standings WHERE ${condition}),
  gone_names AS (DELETE FROM tagwarden.first_seen WHERE ${condition})
DELETE FROM tagwarden.targets WHERE ${condition}`;
}

const FORGET = `WITH ${forgetting('key = $1')}`;

const READ = 'SELECT key, since, passed_at, run_id, baseline, record FROM tagwarden.targets';

const COUNTS = `
SELECT status, count(*)::integer AS count FROM tagwarden.targets WHERE v = ${VERSION} GROUP BY status
UNION ALL
SELECT 'quarantined', count(*)::integer FROM tagwarden.quarantines WHERE until > $1`;

/** The second look at due_at is taken under the row's lock, so two callers never get the same target. */
const TAKE_OVERDUE = `
WITH overdue AS MATERIALIZED (
  SELECT key FROM tagwarden.targets WHERE due_at < $1
  ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE tagwarden.targets SET due_at = $3 FROM overdue
WHERE targets.key = overdue.key RETURNING targets.key`;

const Row = z.object({
  key: z.string(),
  since: TimeColumn,
  passed_at: TimeColumn,
  run_id: z.string().nullable(),
  baseline: z.number().nullable(),
  record: z.string(),
});
const StatusCount = z.object({
  status: z.enum(['in-sync', 'drifted', 'refused', 'unknown', 'quarantined']),
  count: z.number(),
});
const Key = z.object({ key: z.string() });

type TargetPart = Pick<Store, 'forget' | 'target' | 'targets' | 'counts' | 'takeOverdue'>;

/** One row per target; what is asked for by index has a column, the rest is JSON. */
export function createSqlTargets(sql: Sql): TargetPart {
  return {
    async forget(target) {
      const what = `forget ${quote(target)}`;
      await execute(sql, { what, text: FORGET, params: [targetKey(target)] });
    },
    async target(target) {
      const what = `read the record of ${quote(target)}`;
      const text = `${READ} WHERE key = $1`;
      const [row] = await select(sql, Row, { what, text, params: [targetKey(target)] });
      return row === undefined ? null : toRecord(row);
    },
    async targets({ status, account, after, limit }) {
      const text = `${READ}
        WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR account = $2)
          AND ($3::text IS NULL OR key > $3) AND v = ${VERSION}
        ORDER BY key LIMIT $4`;
      const params = [status, account, after, limit + 1];
      const rows = await select(sql, Row, { what: 'list targets', text, params });
      const shown = rows.slice(0, limit);
      return {
        items: shown.map(toRecord).filter((record) => record !== null),
        next: rows.length > limit ? (shown.at(-1)?.key ?? null) : null,
      };
    },
    async counts(now) {
      const rows = await select(sql, StatusCount, {
        what: 'count targets',
        text: COUNTS,
        params: [now],
      });
      const counts = { 'in-sync': 0, drifted: 0, refused: 0, unknown: 0, quarantined: 0 };
      for (const { status, count } of rows) counts[status] = count;
      return counts;
    },
    async takeOverdue({ now, limit, againMs }) {
      const again = new Date(now.getTime() + againMs);
      const params = [now, limit, again];
      const rows = await select(sql, Key, {
        what: 'take overdue targets',
        text: TAKE_OVERDUE,
        params,
      });
      return rows.map(({ key }) => parseTargetKey(key));
    },
  };
}

/** The record as its pass left it, and when it was last seen to be so. */
function toRecord(row: z.infer<typeof Row>) {
  const { since, passed_at: passedAt, run_id: runId, baseline } = row;
  const record = decode(RecordSchema, row.record);
  return record === null ? null : { ...record, passedAt, since, runId, baseline };
}
