import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPrepared, type Prepared, toResult } from '../../src/queue/prepared.ts';

describe('createPrepared()', () => {
  let db: PGlite;
  let prepared: Prepared;

  beforeAll(async () => {
    db = await PGlite.create();
    prepared = createPrepared(db, { parse, protocol });
    await db.exec(`CREATE TYPE mood AS ENUM ('calm', 'wild');
      CREATE TABLE things (id integer PRIMARY KEY, mood mood, names text[], at timestamptz, facts jsonb)`);
  }, 120_000);

  afterAll(async () => {
    await db.close();
  });

  async function run(text: string, params: readonly unknown[]) {
    const [outcome] = await prepared([{ text, params }]);
    if (outcome?.status === 'fulfilled') return toResult(outcome.value);
    throw outcome?.reason;
  }

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

  test('createPrepared() gives nobody an answer when one of a group is missing', async () => {
    await using own = await PGlite.create();
    const lossy = Object.create(own, {
      execProtocol: {
        value: async (...args: Parameters<PGlite['execProtocol']>) => {
          const { messages, ...rest } = await own.execProtocol(...args);
          const ends = messages.flatMap(({ name }, at) => (name === 'commandComplete' ? [at] : []));
          const kept = messages.filter((_, at) => ends.length < 2 || at !== ends[0]);
          return { messages: kept, ...rest };
        },
      },
    });
    const shared = createPrepared(lossy, { parse, protocol });
    const ask = async (numbers: readonly number[]) =>
      await shared(numbers.map((one) => ({ text: 'SELECT $1::integer AS one', params: [one] })));
    const [alone] = await ask([0]);

    const told = await ask([1, 2, 3]);

    expect(alone).toMatchObject({ value: { rows: [{ one: 0 }] } });
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(told[0]).toMatchObject({ reason: { message: '2 of 3 statements were answered' } });
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

  test('createPrepared() runs several in one transaction, in their order, and tells of each by itself', async () => {
    const add = 'INSERT INTO things (id) VALUES ($1)';
    const count =
      'SELECT count(*)::integer AS count, pg_current_xact_id()::text AS xid FROM things WHERE id > $1';
    const move = 'UPDATE things SET id = id + 1000 WHERE id > $1';
    await run(add, [1_000]);
    await run(count, [0]);
    await run(move, [999]);

    const outcomes = await prepared([
      { text: add, params: [3_000] },
      { text: count, params: [1_999] },
      { text: add, params: [3_001] },
      { text: move, params: [2_999] },
      { text: count, params: [1_999] },
    ]);

    const results = outcomes.map((one) => (one.status === 'fulfilled' ? toResult(one.value) : one));
    const xid = expect.stringMatching(/^\d+$/);
    expect(results).toEqual([
      { rows: [], rowCount: 1 },
      { rows: [{ count: 2, xid }], rowCount: 1 },
      { rows: [], rowCount: 1 },
      { rows: [], rowCount: 2 },
      { rows: [{ count: 3, xid }], rowCount: 1 },
    ]);
    const xids = results
      .flatMap((one) => ('rows' in one ? one.rows : []))
      .map((row) => Object(row).xid);
    expect(new Set(xids).size).toBe(1);
  });

  test.each([
    { what: 'fails', text: 'SELECT 6 / $1::integer AS value', params: [0], error: /zero/ },
    {
      what: 'cannot be written',
      text: 'SELECT $1::boolean AS value',
      params: ['so'],
      error: /boolean/i,
    },
    { what: 'is not known yet', text: 'SELECT $1 FROM nowhere', params: [1], error: /nowhere/ },
  ])(
    'createPrepared() runs those beside one that $what once each',
    async ({ text, params, error }) => {
      const raise =
        'UPDATE things SET facts = to_jsonb(coalesce(facts::integer, 0) + $1::integer) WHERE id = 77';
      await db.exec('DELETE FROM things; INSERT INTO things (id) VALUES (77)');
      await run(raise, [1]);
      if (!text.includes('nowhere')) await run(text, [text.includes('boolean') ? true : 1]);

      const outcomes = await prepared([
        { text: raise, params: [10] },
        { text, params },
        { text: raise, params: [100] },
      ]);

      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const [, failed] = outcomes;
      expect(String(failed?.status === 'rejected' ? failed.reason : '')).toMatch(error);
      const { rows } = await db.query('SELECT facts FROM things');
      expect(rows).toEqual([{ facts: 111 }]);
    },
  );

  test('createPrepared() keeps no more statements than a program has', async () => {
    for (let count = 0; count < 600; count += 1) await run(`SELECT $1::integer + ${count}`, [1]);

    const { rows } = await db.query('SELECT count(*)::integer AS kept FROM pg_prepared_statements');
    expect(rows).toEqual([{ kept: 500 }]);
  });
});
