import { z } from 'zod';
import type { Run } from '../model/history.ts';
import { targetKey } from '../model/target.ts';
import { decodeRun, encode, SHOWN_OPERATIONS, type StoredRun } from './codec.ts';
import { FIRST_SEEN_MS, LEARNED_MS } from './limits.ts';
import { parseRunPlace, runPlace } from './place.ts';
import { pruneDeliveries } from './sql-deliveries.ts';
import { pruneFacts } from './sql-facts.ts';
import { execute, type Sql, select, TimeColumn } from './sql-query.ts';
import { forgetting } from './sql-targets.ts';
import type { Store } from './store.ts';

const INTEND = `
WITH run AS (
  INSERT INTO tagwarden.runs (id, key, started_at, head) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING
)
INSERT INTO tagwarden.operations (run_id, seq, intent) VALUES ($1, $5, $6) ON CONFLICT DO NOTHING`;

const SETTLE = 'UPDATE tagwarden.operations SET outcome = $3 WHERE run_id = $1 AND seq = $2';

const END = 'UPDATE tagwarden.runs SET ended_at = $2 WHERE id = $1';

/** The runs of `chosen`, newest first, one row for each operation below $1. */
const READ = `
SELECT chosen.id, started_at, ended_at, head, seq, intent, outcome,
  (SELECT count(*)::integer FROM tagwarden.operations WHERE run_id = chosen.id) AS count
FROM chosen LEFT JOIN tagwarden.operations ON run_id = chosen.id AND seq < $1
ORDER BY started_at DESC, chosen.id DESC, seq`;

const RUN = `WITH chosen AS (SELECT * FROM tagwarden.runs WHERE id = $2) ${READ}`;

const RUNS = `WITH chosen AS (
  SELECT * FROM tagwarden.runs
  WHERE ($2::text IS NULL OR key = $2)
    AND ($3::timestamptz IS NULL OR (started_at, id) < ($3, $4::text))
  ORDER BY started_at DESC, id DESC LIMIT $5
) ${READ}`;

/** Runs to delete in one statement: few, so that it ends in time. */
const RUN_CHUNK = 50;
const TARGET_CHUNK = 1_000;
const ALL_OPERATIONS = 2_147_483_647;

const PRUNE_RUNS = `
DELETE FROM tagwarden.runs WHERE id IN (
  SELECT id FROM tagwarden.runs WHERE started_at < $1
  UNION
  (SELECT id FROM tagwarden.runs ORDER BY started_at DESC, id DESC OFFSET $2)
  LIMIT ${RUN_CHUNK}
)`;

/** One statement: a target that is passed meanwhile is locked, or not old any more. */
const PRUNE_TARGETS = `
WITH old AS MATERIALIZED (
  SELECT key FROM tagwarden.targets WHERE passed_at < $1 LIMIT ${TARGET_CHUNK} FOR UPDATE SKIP LOCKED
), ${forgetting('key IN (SELECT key FROM old)')}`;

/** What has no target with it, by the time it bears. */
const PRUNE_REST = `
WITH old_crashes AS (DELETE FROM tagwarden.crashes WHERE at < $1::timestamptz - interval '1 day'),
  old_owners AS (DELETE FROM tagwarden.owners WHERE at < $1 - interval '1 day'),
  old_deaths AS (DELETE FROM tagwarden.deaths WHERE at < $1 - interval '1 day'),
  old_quarantines AS (DELETE FROM tagwarden.quarantines WHERE until < $1),
  old_names AS (
    DELETE FROM tagwarden.first_seen WHERE seen_at < $1 - make_interval(secs => $2)
      AND NOT EXISTS (SELECT FROM tagwarden.targets WHERE targets.key = first_seen.key)
  ),
  old_rates AS (
    DELETE FROM tagwarden.rates
    WHERE due < extract(epoch FROM now() - interval '1 day') * 1000
  )
DELETE FROM tagwarden.learned WHERE at < now() - make_interval(secs => $3)`;

const Row = z.object({
  id: z.string(),
  started_at: TimeColumn,
  ended_at: TimeColumn.nullable(),
  head: z.string(),
  seq: z.number().nullable(),
  intent: z.string().nullable(),
  outcome: z.string().nullable(),
  count: z.number(),
});

type RunPart = Pick<Store, 'intend' | 'settle' | 'endRun' | 'run' | 'runs' | 'prune'>;

/** One row per run, one per operation. */
export function createSqlRuns(sql: Sql): RunPart {
  return {
    async intend(run, seq, operation, at) {
      const intent = encode({ operation, intendedAt: at });
      await execute(sql, {
        what: `write down operation ${seq} of run "${run.id}"`,
        text: INTEND,
        params: [run.id, targetKey(run.target), run.startedAt, encode(run), seq, intent],
      });
    },
    async settle(runId, seq, outcome) {
      const what = `settle operation ${seq} of run "${runId}"`;
      await execute(sql, { what, text: SETTLE, params: [runId, seq, encode(outcome)] });
    },
    async endRun(runId, at) {
      await execute(sql, { what: `end run "${runId}"`, text: END, params: [runId, at] });
    },
    async run(id) {
      const params = [ALL_OPERATIONS, id];
      const rows = await select(sql, Row, { what: `read run "${id}"`, text: RUN, params });
      return toRuns(rows)[0]?.run ?? null;
    },
    async runs({ target, after, limit }) {
      const key = target === null ? null : targetKey(target);
      const place = after === null ? null : parseRunPlace(after);
      const from = [place?.startedAt ?? null, place?.id ?? null];
      const params = [SHOWN_OPERATIONS, key, ...from, limit + 1];
      const found = toRuns(await select(sql, Row, { what: 'list runs', text: RUNS, params }));
      const shown = found.slice(0, limit);
      return {
        items: shown.map(({ run }) => run).filter((run) => run !== null),
        next: found.length > limit ? (shown.at(-1)?.place ?? null) : null,
      };
    },
    async prune({ before, maxRuns }) {
      await pruneRuns(sql, before, maxRuns);
      await pruneTargets(sql, before);
      await pruneDeliveries(sql);
      await pruneFacts(sql);
      const params = [before, FIRST_SEEN_MS / 1_000, LEARNED_MS / 1_000];
      await execute(sql, { what: 'prune the store', text: PRUNE_REST, params });
    },
  };
}

async function pruneRuns(sql: Sql, before: Date, maxRuns: number): Promise<void> {
  const statement = { what: 'prune runs', text: PRUNE_RUNS, params: [before, maxRuns] };
  while ((await execute(sql, statement)) === RUN_CHUNK);
}

async function pruneTargets(sql: Sql, before: Date): Promise<void> {
  const statement = { what: 'prune targets', text: PRUNE_TARGETS, params: [before] };
  while ((await execute(sql, statement)) === TARGET_CHUNK);
}

/** Rows of one run stand together; a run of another release is null but keeps its place. */
function toRuns(rows: readonly z.infer<typeof Row>[]): { place: string; run: Run | null }[] {
  const byId = Map.groupBy(rows, ({ id }) => id);
  return [...byId.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { id, started_at: startedAt, ended_at: endedAt, head, count } = first;
    const operations = group.flatMap(toOperation);
    const run = decodeRun({ head, endedAt, operations, operationCount: count });
    return [{ place: runPlace(startedAt, id), run }];
  });
}

function toOperation({ intent, outcome }: z.infer<typeof Row>): StoredRun['operations'] {
  return intent === null ? [] : [{ intent, outcome }];
}
