import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqlStore } from '../../src/store/sql.ts';
import { migrateStore } from '../../src/store/sql-migrate.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { aRecord, aStart, aTarget } from './samples.ts';
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

  test('takes up the tables of the first release with what is in them', async () => {
    pool ??= new pg.Pool({ connectionString: server?.url, max: 10 });
    const sql = toSql(pool);
    await sql.query('DROP SCHEMA IF EXISTS tagwarden CASCADE');
    await migrateStore(sql);
    await sql.query(
      'DROP TABLE tagwarden.owners, tagwarden.deaths, tagwarden.deliveries, tagwarden.standings, tagwarden.facts',
    );
    await sql.query('ALTER TABLE tagwarden.crashes DROP COLUMN process');
    await sql.query('UPDATE tagwarden.store_version SET version = 1');
    await sql.query(`INSERT INTO tagwarden.crashes VALUES ('swr/shop/web', 'old', now())`);
    const store = createSqlStore(sql);

    await migrateStore(sql);
    const old = await store.begin(aTarget(), aStart('old', 'a'), new Date());
    const next = await store.begin(aTarget(), aStart('new', 'b'), new Date());

    // Nobody knows who died then.
    expect(old).toMatchObject({ crashes: 0 });
    expect(next).toMatchObject({ crashes: 1 });
  });

  test('leaves tables of a later release alone', async () => {
    pool ??= new pg.Pool({ connectionString: server?.url, max: 10 });
    const sql = toSql(pool);
    await migrateStore(sql);
    await sql.query('UPDATE tagwarden.store_version SET version = 99');

    await migrateStore(sql);

    const { rows } = await sql.query('SELECT version FROM tagwarden.store_version');
    expect(rows).toEqual([{ version: 99 }]);
  });
});
