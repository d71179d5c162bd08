import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PglitePool } from '../../src/queue/pglite-pool.ts';
import { createSqlStore, type Sql } from '../../src/store/sql.ts';
import { migrateStore } from '../../src/store/sql-migrate.ts';
import { aRecord, aTarget, HOUR_MS, noon } from './samples.ts';

describe('createSqlStore()', () => {
  test('prune() forgets no target that is passed while it works', async () => {
    const db = await PGlite.create();
    onTestFinished(async () => await db.close());
    const pool = new PglitePool(db, { parse, protocol });
    await migrateStore(pool);
    const store = createSqlStore(pool);
    const old = aRecord({ baseline: 7, passedAt: noon(-HOUR_MS) });
    const young = aRecord({ baseline: 8, passedAt: noon() });

    const found: unknown[] = [];
    for (const at of [1, 2, 3]) {
      await store.finish(old, null);
      let statements = 0;
      const meddling: Sql = {
        async query<R>(text: string, params?: readonly unknown[]) {
          const answer = await pool.query<R>(text, params);
          statements += 1;
          if (statements === at) await store.finish(young, null);
          return answer;
        },
      };
      await createSqlStore(meddling).prune({ before: noon(), maxRuns: 10 });
      found.push((await store.target(aTarget()))?.baseline);
    }

    expect(found).toEqual([8, 8, 8]);
    // To make a database takes its time.
  }, 60_000);
});
