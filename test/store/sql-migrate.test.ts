import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqlStore } from '../../src/store/sql.ts';
import { migrateStore } from '../../src/store/sql-migrate.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { aRecord, aTarget } from './samples.ts';
import { toSql } from './store-bench.ts';

describe.skipIf(!hasPostgres())('migrateStore()', () => {
  let server: PostgresServer | null = null;
  let pool: pg.Pool | null = null;

  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  test('may be called by many processes at once, and again', async () => {
    pool = new pg.Pool({ connectionString: server?.url, max: 10 });
    const sql = toSql(pool);

    await Promise.all(Array.from({ length: 10 }, async () => await migrateStore(sql)));
    await createSqlStore(sql).finish(aRecord(), null);
    await migrateStore(sql);

    expect(await createSqlStore(sql).target(aTarget())).toEqual(aRecord());
  });

  test('leaves tables of a later release alone', async () => {
    pool ??= new pg.Pool({ connectionString: server?.url, max: 10 });
    const sql = toSql(pool);
    await migrateStore(sql);
    await sql.query('UPDATE tagwarden.store_version SET version = 2');

    await migrateStore(sql);

    const { rows } = await sql.query('SELECT version FROM tagwarden.store_version');
    expect(rows).toEqual([{ version: 2 }]);
  });
});
