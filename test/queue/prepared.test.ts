import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPrepared, type Prepared } from '../../src/queue/prepared.ts';

describe('createPrepared()', () => {
  let db: PGlite;
  let run: Prepared;

  beforeAll(async () => {
    db = await PGlite.create();
    run = createPrepared(db, { parse, protocol });
    await db.exec(`CREATE TYPE mood AS ENUM ('calm', 'wild');
      CREATE TABLE things (id integer PRIMARY KEY, mood mood, names text[], at timestamptz, facts jsonb)`);
  }, 120_000);

  afterAll(async () => {
    await db.close();
  });

  test.each([
    { type: 'text', value: 'it\'s "so"\n€' },
    { type: 'integer', value: -7 },
    { type: 'boolean', value: true },
    { type: 'double precision', value: 0.25 },
    { type: 'timestamptz', value: new Date('2026-11-22T10:00:00.123Z') },
    { type: 'text[]', value: ['a,b', '"c"', ''] },
    { type: 'jsonb', value: { a: [1, null], b: 'x' } },
    { type: 'mood', value: 'wild' },
    { type: 'text', value: null },
  ])('createPrepared() gives back a $type as query() does', async ({ type, value }) => {
    const text = `SELECT $1::${type} AS value`;

    const first = await run(text, [value]);
    const again = await run(text, [value]);

    const { rows } = await db.query(text, [value]);
    expect(first).toEqual({ rows, rowCount: 1 });
    expect(again).toEqual(first);
    expect(rows).toEqual([{ value }]);
  });

  test('createPrepared() counts the rows that a statement without any changed', async () => {
    const insert = 'INSERT INTO things (id, names, at) VALUES ($1, $2, $3)';

    const inserted = await run(insert, [1, ['a'], new Date(0)]);
    await run(insert, [2, [], null]);
    const updated = await run('UPDATE things SET mood = $1 WHERE id > $2', ['calm', 0]);
    const deleted = await run('DELETE FROM things WHERE id > $1', [5]);

    expect([inserted.rowCount, updated.rowCount, deleted.rowCount]).toEqual([1, 2, 0]);
  });

  test('createPrepared() goes on after a statement that failed, in planning or in running', async () => {
    const divide = 'SELECT 6 / $1::integer AS value';

    await expect(run('SELECT $1 FROM nowhere', [1])).rejects.toThrow(/nowhere/);
    await expect(run(divide, [0])).rejects.toThrow(/zero/);

    expect(await run(divide, [2])).toEqual({ rows: [{ value: 3 }], rowCount: 1 });
  });

  test('createPrepared() hands on notifications', async () => {
    const heard: string[] = [];
    await db.listen('news', (payload) => void heard.push(payload));

    await run('SELECT pg_notify($1, $2)', ['news', 'one']);

    expect(heard).toEqual(['one']);
  });

  test('createPrepared() keeps no more statements than a program has', async () => {
    for (let count = 0; count < 600; count += 1) await run(`SELECT $1::integer + ${count}`, [1]);

    const { rows } = await db.query('SELECT count(*)::integer AS kept FROM pg_prepared_statements');
    expect(rows).toEqual([{ kept: 500 }]);
  });
});
