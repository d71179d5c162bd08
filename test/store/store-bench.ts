import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type Target, targetKey } from '../../src/model/target.ts';
import { PglitePool } from '../../src/queue/pglite-pool.ts';
import { createRedisStore } from '../../src/store/redis.ts';
import { createSqlStore, type Sql } from '../../src/store/sql.ts';
import { migrateStore } from '../../src/store/sql-migrate.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';

/** One database and several stores on it, each over a connection of its own. */
export interface StoreBench {
  readonly store: Store;
  /** A further process, as it were. */
  another(): Promise<Store>;
  /** Forgets everything. */
  clear(): Promise<void>;
  /** Overwrites the version in everything stored for the target and for the run. */
  setVersion(version: number): Promise<void>;
  /** Overwrites what is stored for the target with what nobody can read. */
  damage(target: Target): Promise<void>;
  /** A target over which the store cannot begin a pass. */
  refused(): Promise<Target>;
  /** Lets all deletes so far have happened so many minutes earlier. */
  ageDeletes(minutes: number): Promise<void>;
  /** Lets all facts of digests have been asked for so many ms earlier. */
  ageFacts(ms: number): Promise<void>;
  /** Sets the store's clock back, as far as request budgets can see. */
  setClockBack(ms: number): Promise<void>;
  /** Entries of the whole store, of any kind. */
  size(): Promise<number>;
  /** Scripts or statements that the first store has run. */
  calls(): Promise<number>;
  /** Makes the next calls of the first store wait. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  close(): Promise<void>;
}

const PREFIX = '{tags}';

export async function redisBench(): Promise<StoreBench> {
  const server = await startRedis();
  const connections: Redis[] = [];
  const connect = () => {
    const redis = new Redis(server.url, { maxRetriesPerRequest: 1 });
    redis.on('error', () => {});
    connections.push(redis);
    return createRedisStore({ redis, prefix: PREFIX });
  };
  const admin = new Redis(server.url);
  connections.push(admin);
  return {
    store: connect(),
    another: async () => connect(),
    clear: async () => void (await admin.flushall()),
    setVersion: async (version) => await setRedisVersion(admin, version),
    damage: async (target) => await damageRedis(admin, targetKey(target)),
    async refused() {
      // No sorted set, as its crashes should be.
      await admin.set(`${PREFIX}:store:crashes:swr/refused`, '');
      return { account: 'swr', path: 'refused' };
    },
    ageDeletes: async (minutes) => await ageRedisDeletes(admin, minutes),
    ageFacts: async (ms) => await ageRedisFacts(admin, ms),
    setClockBack: async (ms) => await setRedisRates(admin, ms),
    size: async () => await redisSize(admin),
    async calls() {
      const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
      return Number(calls);
    },
    freeze: async () => await server.pause(),
    thaw: async () => await server.resume(),
    async close() {
      for (const connection of connections) connection.disconnect();
      await server.stop();
    },
  };
}

async function setRedisVersion(redis: Redis, version: number): Promise<void> {
  for (const key of await redis.keys('*')) {
    if ((await redis.type(key)) !== 'hash') continue;
    for (const [field, value] of Object.entries(await redis.hgetall(key))) {
      await redis.hset(key, field, withVersion(value, version));
    }
  }
}

async function damageRedis(redis: Redis, key: string): Promise<void> {
  const record = '{"v":1,"status":[],"since":{},"runId":null,"baseline":null}\nnothing';
  await redis.hset(`${PREFIX}:store:targets`, key, record);
  await redis.hset(`${PREFIX}:store:standings`, key, '{"s":"drifted","u":"long ago"}');
}

async function ageRedisDeletes(redis: Redis, minutes: number): Promise<void> {
  const key = `${PREFIX}:store:deletes`;
  const buckets = Object.entries(await redis.hgetall(key));
  await redis.del(key);
  for (const [minute, count] of buckets) await redis.hset(key, Number(minute) - minutes, count);
}

async function ageRedisFacts(redis: Redis, ms: number): Promise<void> {
  const key = `${PREFIX}:store:facts:used`;
  for (const digest of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -ms, digest);
}

async function setRedisRates(redis: Redis, aheadMs: number): Promise<void> {
  for (const key of await redis.keys(`${PREFIX}:store:rate:*`)) {
    await redis.set(key, Number(await redis.get(key)) + aheadMs);
  }
}

function withVersion(text: string, version: number): string {
  return text.replaceAll(/"v":\d+/g, `"v":${version}`);
}

async function redisSize(redis: Redis): Promise<number> {
  const sizes = (await redis.keys('*')).map(async (key) => {
    const type = await redis.type(key);
    if (type === 'hash') return await redis.hlen(key);
    return type === 'zset' ? await redis.zcard(key) : 1;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export async function pgliteBench(): Promise<StoreBench> {
  const db = await PGlite.create();
  const pool = new PglitePool(db, { parse, protocol });
  await migrateStore(pool);
  let frozen: Promise<void> | null = null;
  let thaw = () => {};
  const counted = countedSql({
    async query(text, params) {
      await frozen;
      return await pool.query(text, params);
    },
  });
  return {
    ...sqlBench(pool),
    store: createSqlStore(counted.sql),
    calls: counted.calls,
    another: async () => createSqlStore(pool),
    async freeze() {
      const gate = Promise.withResolvers<void>();
      frozen = gate.promise;
      thaw = gate.resolve;
    },
    thaw: async () => thaw(),
    close: async () => await db.close(),
  };
}

export async function postgresBench(): Promise<StoreBench> {
  const server = await startPostgres();
  const pools: pg.Pool[] = [];
  const connect = () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 4 });
    pool.on('error', () => {});
    pools.push(pool);
    return toSql(pool);
  };
  const admin = new pg.Pool({ connectionString: server.url });
  admin.on('error', () => {});
  pools.push(admin);
  const sql = toSql(admin);
  await migrateStore(sql);
  const counted = countedSql(connect());
  return {
    ...sqlBench(sql),
    store: createSqlStore(counted.sql),
    calls: counted.calls,
    another: async () => createSqlStore(connect()),
    freeze: async () => await server.pause(),
    thaw: async () => await server.resume(),
    async close() {
      await Promise.all(pools.map(async (pool) => await pool.end()));
      await server.stop();
    },
  };
}

function countedSql(sql: Sql): { readonly sql: Sql; readonly calls: StoreBench['calls'] } {
  let calls = 0;
  return {
    sql: {
      async query(text, params) {
        calls += 1;
        return await sql.query(text, params);
      },
    },
    calls: async () => calls,
  };
}

/** A pool of node-postgres as the store takes it. */
export function toSql(pool: pg.Pool): Sql {
  return {
    async query<R>(text: string, params: readonly unknown[] = []) {
      const { rows, rowCount } = await pool.query(text, [...params]);
      // node-postgres cannot know the rows; the caller names what its own text selects.
      return { rows: rows as R[], rowCount };
    },
  };
}

const TABLES = [
  'targets',
  'crashes',
  'owners',
  'deaths',
  'quarantines',
  'runs',
  'operations',
  'pauses',
  'deletes',
  'rates',
  'first_seen',
  'learned',
  'deliveries',
  'standings',
  'facts',
];

function sqlBench(
  sql: Sql,
): Omit<StoreBench, 'store' | 'another' | 'calls' | 'freeze' | 'thaw' | 'close'> {
  return {
    async clear() {
      await sql.query(`TRUNCATE ${TABLES.map((table) => `tagwarden.${table}`).join()}`);
    },
    async setVersion(version) {
      await sql.query(
        `UPDATE tagwarden.targets SET v = ${version}, record = ${json('record', version)}`,
      );
      await sql.query(`UPDATE tagwarden.runs SET head = ${json('head', version)}`);
      await sql.query(`UPDATE tagwarden.operations SET intent = ${json('intent', version)}`);
      await sql.query(`UPDATE tagwarden.pauses SET pause = ${json('pause', version)}`);
      await sql.query(`UPDATE tagwarden.facts SET fact = ${json('fact', version)}`);
    },
    async damage(target) {
      const text = "UPDATE tagwarden.targets SET record = 'nothing' WHERE key = $1";
      await sql.query(text, [targetKey(target)]);
    },
    // No text of PostgreSQL holds a NUL.
    refused: async () => ({ account: 'swr', path: 'refused\0' }),
    async ageDeletes(minutes) {
      await sql.query(`UPDATE tagwarden.deletes SET buckets = (
        SELECT jsonb_object_agg(key::bigint - ${minutes}, value) FROM jsonb_each(buckets))`);
    },
    async ageFacts(ms) {
      await sql.query(
        `UPDATE tagwarden.facts SET used_at = used_at - interval '${ms} milliseconds'`,
      );
    },
    async setClockBack(ms) {
      await sql.query(`UPDATE tagwarden.rates SET due = due + ${ms}`);
    },
    async size() {
      const counts = TABLES.map((table) => `(SELECT count(*) FROM tagwarden.${table})`);
      const { rows } = await sql.query<{ n: number }>(`SELECT (${counts.join('+')})::integer AS n`);
      return rows[0]?.n ?? 0;
    },
  };
}

function json(column: string, version: number): string {
  return `regexp_replace(${column}, '"v":\\d+', '"v":${version}', 'g')`;
}
