import type { SqlQuery } from './port.ts';

const LOOK_MS = 2_000;
const EVERYTHING_MS = 60_000;
/** Vacuuming this many takes some milliseconds; each VACUUM is one statement, and holds up the process as long. */
const MANY_DEAD_ROWS = 1_000;

const BUSY_TABLES = `SELECT relid::regclass::text AS name FROM pg_stat_user_tables WHERE n_dead_tup > $1`;
const ALL_TABLES = `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm')`;

/** Does what a PostgreSQL server does by itself and PGlite does not: without it tables and log grow without bound. */
export function startUpkeep(query: SqlQuery, onError: (error: Error) => void): () => void {
  let running: Promise<void> | null = null;
  const run = (work: (query: SqlQuery) => Promise<void>): void => {
    running ??= work(query)
      .catch(onError)
      .finally(() => {
        running = null;
      });
  };
  const timers = [
    setInterval(() => run(vacuumBusyTables), LOOK_MS).unref(),
    setInterval(() => run(vacuumAllTables), EVERYTHING_MS).unref(),
  ];
  return () => timers.map(clearInterval);
}

/** Takes out dead rows where there are many. */
export async function vacuumBusyTables(query: SqlQuery): Promise<void> {
  await vacuum(query, (await query<Table>(BUSY_TABLES, [MANY_DEAD_ROWS])).rows);
}

/** Catalogs, too: their transaction numbers must not run out. Then gives back the log that is not needed any more. */
export async function vacuumAllTables(query: SqlQuery): Promise<void> {
  await vacuum(query, (await query<Table>(ALL_TABLES)).rows);
  await query('CHECKPOINT');
}

interface Table {
  readonly name: string;
}

/** One by one: a VACUUM of the whole database is one long statement. */
async function vacuum(query: SqlQuery, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables) await query(`VACUUM ${name}`);
}
