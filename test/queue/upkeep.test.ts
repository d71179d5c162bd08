import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PglitePool } from '../../src/queue/pglite-pool.ts';
import { startUpkeep, vacuumAllTables, vacuumBusyTables } from '../../src/queue/upkeep.ts';
import { pause, until } from './support.ts';

describe('upkeep of an embedded database', () => {
  let db: PGlite;
  let pool: PglitePool;

  beforeAll(async () => {
    db = await PGlite.create();
    pool = new PglitePool(db, { parse, protocol });
    await pool.query('CREATE TABLE busy (n int); CREATE TABLE quiet (n int)');
  }, 120_000);

  afterAll(async () => {
    await db.close();
  });

  async function query<R>(text: string, params?: readonly unknown[]) {
    return await pool.query<R>(text, params);
  }

  async function deadRows(table: string): Promise<number> {
    const text = 'SELECT n_dead_tup::int AS n FROM pg_stat_user_tables WHERE relname = $1';
    const { rows } = await query<{ n: number }>(text, [table]);
    return rows[0]?.n ?? 0;
  }

  async function makeDead(table: string, count: number): Promise<void> {
    const before = await deadRows(table);
    await query(`INSERT INTO ${table} SELECT generate_series(1, ${count}); DELETE FROM ${table}`);
    // Statistics are written at most once a second, by the next statement.
    await until('statistics', async () => (await deadRows(table)) >= before + count, 10_000);
  }

  test('vacuumBusyTables() takes out dead rows where there are many', async () => {
    await makeDead('busy', 2_000);
    await makeDead('quiet', 200);

    await vacuumBusyTables(query);

    expect(await deadRows('busy')).toBe(0);
    expect(await deadRows('quiet')).toBe(200);
  });

  test('vacuumAllTables() takes them out everywhere, catalogs too, one statement a table', async () => {
    await makeDead('quiet', 200);
    const texts: string[] = [];

    await vacuumAllTables(async (text, params) => {
      texts.push(text);
      return await pool.query(text, params);
    });

    expect(await deadRows('quiet')).toBe(0);
    expect(texts).toContain('VACUUM pg_class');
    expect(texts).not.toContain('VACUUM');
    expect(texts.at(-1)).toBe('CHECKPOINT');
  });

  test('startUpkeep() goes on after an error, one round at a time, until it is stopped', async () => {
    let asked = 0;
    const errors: string[] = [];
    const stop = startUpkeep(
      async () => {
        asked += 1;
        throw new Error('closed');
      },
      (error) => errors.push(error.message),
    );

    await until('two rounds', () => errors.length === 2, 14_000);
    stop();
    await pause(2_200);

    expect(errors).toEqual(['closed', 'closed']);
    expect(asked).toBe(2);
  });
});
