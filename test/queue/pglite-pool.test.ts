import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PglitePool } from '../../src/queue/pglite-pool.ts';

const ADD =
  'INSERT INTO log (n, note) VALUES ($1, $2) RETURNING n, pg_current_xact_id()::text AS xid';

describe('PglitePool', () => {
  let db: PGlite;
  let pool: PglitePool;

  beforeAll(async () => {
    db = await PGlite.create();
    pool = new PglitePool(db, { parse, protocol });
    await pool.query('CREATE TABLE log (at serial, n integer UNIQUE, note text)');
    await pool.query(ADD, [-1, '']);
  }, 120_000);

  afterAll(async () => {
    await db.close();
  });

  const add = async (n: number, note = '') =>
    (await pool.query<{ n: number; xid: string }>(ADD, [n, note])).rows[0]?.xid;

  async function kept(from: number, to: number): Promise<readonly number[]> {
    const text = 'SELECT n FROM log WHERE n BETWEEN $1 AND $2 ORDER BY at';
    return (await pool.query<{ n: number }>(text, [from, to])).rows.map(({ n }) => n);
  }

  test('PglitePool gives statements that wait at one time few transactions, in the order in which they came', async () => {
    const wanted = Array.from({ length: 40 }, (_, n) => 100 + n);

    const xids = await Promise.all(wanted.map(async (n) => await add(n)));

    expect(await kept(100, 199)).toEqual(wanted);
    // Eight by eight; the first one may find nobody to wait for.
    expect([5, 6]).toContain(new Set(xids).size);
  });

  test('PglitePool runs what no transaction takes by itself, and long statements too', async () => {
    const xids = await Promise.all([
      add(200),
      add(201),
      add(202),
      pool.query('VACUUM log').then(() => 'vacuum'),
      add(203),
      add(204, 'x'.repeat(5_000)),
      add(205),
    ]);

    const [, second, third, , fourth, fifth, sixth] = xids;
    expect(await kept(200, 299)).toEqual([200, 201, 202, 203, 204, 205]);
    expect(second).toBe(third);
    expect(new Set([third, fourth, fifth, sixth]).size).toBe(4);
  });

  test('PglitePool answers each of those that waited together, one that fails among them', async () => {
    const outcomes = await Promise.allSettled(
      [300, 301, 302, 301, 303].map(async (n) => await add(n)),
    );

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await kept(300, 399)).toEqual([300, 301, 302, 303]);
  });

  test('PglitePool lets timers run while statements wait', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const sleep = 'SELECT pg_sleep($1)';

    await Promise.all(Array.from({ length: 48 }, async () => await pool.query(sleep, [0.002])));

    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  test('PglitePool tells all listening clients of what was notified in a transaction that was shared', async () => {
    const heard: string[] = [];
    const client = await pool.connect();
    client.on('notification', ({ payload }: { payload: string }) => heard.push(payload));
    await client.query('LISTEN news');
    const notify = 'SELECT pg_notify($1, $2)';

    await Promise.all(
      ['one', 'two', 'three', 'four'].map(async (news) => await pool.query(notify, ['news', news])),
    );

    client.release();
    expect(heard).toEqual(['one', 'two', 'three', 'four']);
  });
});
