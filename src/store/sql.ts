import { createSqlConfirm } from './sql-confirm.ts';
import { createSqlCrashes } from './sql-crashes.ts';
import { createSqlDeliveries } from './sql-deliveries.ts';
import { createSqlFacts } from './sql-facts.ts';
import { createSqlFinish } from './sql-finish.ts';
import { createSqlFleet } from './sql-fleet.ts';
import { createSqlLimits } from './sql-limits.ts';
import type { Sql } from './sql-query.ts';
import { createSqlRuns } from './sql-runs.ts';
import { createSqlStandings } from './sql-standings.ts';
import { createSqlTargets } from './sql-targets.ts';
import type { Store } from './store.ts';

export type { Sql } from './sql-query.ts';

/**
 * The store on PostgreSQL 15 or later and on PGlite, in the schema `tagwarden`; call migrateStore() first. Every call but
 * prune(), and begin() after a crash, is one statement, so a session may be shared with others and no transaction stays open.
 */
export function createSqlStore(sql: Sql): Store {
  return {
    ...createSqlTargets(sql),
    ...createSqlConfirm(sql),
    ...createSqlStandings(sql),
    ...createSqlFinish(sql),
    ...createSqlCrashes(sql),
    ...createSqlRuns(sql),
    ...createSqlFleet(sql),
    ...createSqlLimits(sql),
    ...createSqlDeliveries(sql),
    ...createSqlFacts(sql),
  };
}
