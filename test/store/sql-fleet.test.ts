import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PglitePool } from '../../src/queue/pglite-pool.ts';
import { createSqlStore, type Sql } from '../../src/store/sql.ts';
import { migrateStore } from '../../src/store/sql-migrate.ts';
import { aTarget, noon } from './samples.ts';

describe('createSqlStore()', () => {
  test('firstSeen() compares no name with every other by statistics of a smaller table', async () => {
    const db = await PGlite.create();
    onTestFinished(async () => await db.close());
    const pool = new PglitePool(db, { parse, protocol });
    await migrateStore(pool);
    const tookMs: number[] = [];
    const timed: Sql = {
      async query<R>(text: string, params?: readonly unknown[]) {
        const startedMs = performance.now();
        const answer = await pool.query<R>(text, params);
        tookMs.push(performance.now() - startedMs);
        return answer;
      },
    };
    const store = createSqlStore(timed);
    const names = Array.from({ length: 20_000 }, (_, at) => `build-${at}`);
    await store.firstSeen(aTarget(), names.slice(0, 1), noon());
    await pool.query('ANALYZE tagwarden.first_seen');

    await store.firstSeen(aTarget(), names, noon(1));
    const seen = await store.firstSeen(aTarget(), names, noon(2));

    expect(seen.get('build-0')).toEqual(noon());
    expect(seen.get('build-19999')).toEqual(noon(1));
    // 200 million comparisons take longer on any machine.
    expect(Math.max(...tookMs)).toBeLessThan(10_000);
  }, 120_000);
});
