import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import { ReconcileError } from '../model/errors.ts';
import { JOB_DEFAULTS, toProcessor, wireQueue, wireWorker, workerOptions } from './bullmq.ts';
import { lockDirectory } from './directory-lock.ts';
import { createErrorLog, type Log } from './log.ts';
import { PglitePool } from './pglite-pool.ts';
import type { Backend, BackendOptions } from './port.ts';

const { Queue, Worker } = withBackend(createPostgresBackend);
/** PGlite has no autovacuum and no checkpointer: without these tables and log grow without bound. */
const UPKEEP_MS = 60_000;
const POSTGRES_SETTINGS = [
  'shared_buffers=16MB',
  'max_connections=4',
  'max_wal_size=32MB',
  'min_wal_size=32MB',
];

/** BullMQ's Postgres backend on PGlite in this process, data under `folder`. One process a folder. */
export async function openEmbedded(folder: string, { log }: BackendOptions): Promise<Backend> {
  const unlock = await lockFolder(folder);
  let db: PGlite | null = null;
  try {
    db = await openDatabase(folder);
    return await createBackend({ db, folder, unlock, log });
  } catch (cause) {
    await db?.close().catch(() => {});
    await unlock();
    throw new ReconcileError(
      'QUEUE_UNAVAILABLE',
      `Cannot open queue folder "${folder}": its database does not start, expected a folder written by this version`,
      { cause },
    );
  }
}

interface Opened {
  readonly db: PGlite;
  readonly folder: string;
  readonly unlock: () => Promise<void>;
  readonly log: Log;
}

async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    mkdirSync(folder, { recursive: true });
    return await lockDirectory(folder);
  } catch (cause) {
    if (cause instanceof ReconcileError) throw cause;
    throw new ReconcileError(
      'QUEUE_UNAVAILABLE',
      `Cannot open queue folder "${folder}": it cannot be written, expected a folder this user may write to`,
      { cause },
    );
  }
}

async function openDatabase(folder: string): Promise<PGlite> {
  return await PGlite.create({ dataDir: join(folder, 'pg'), postgresqlconf: POSTGRES_SETTINGS });
}

async function createBackend({ db, folder, unlock, log }: Opened): Promise<Backend> {
  const pool = new PglitePool(db);
  // Before any worker: migrations hold a transaction on the one session everybody shares.
  const client = await pool.connect();
  await runMigrations(client);
  client.release();
  await pool.query('SET search_path = bullmq');
  const onError = createErrorLog(log);
  const upkeep = setInterval(() => {
    sweepUp(pool).catch((error: Error) => onError('upkeep', error));
  }, UPKEEP_MS).unref();
  return {
    kind: 'embedded',
    bulkSize: 100,
    createQueue: (name) =>
      wireQueue(
        new Queue<unknown, void>(name, { connection: pool, defaultJobOptions: JOB_DEFAULTS }),
        (error) => onError(name, error),
      ),
    createWorker: (name, processor, setup) =>
      wireWorker(
        new Worker<unknown, void>(name, toProcessor(processor), {
          ...workerOptions('embedded', setup),
          connection: pool,
        }),
        setup,
        (error) => onError(name, error),
      ),
    ping: async () => await ping(pool, folder),
    async close() {
      clearInterval(upkeep);
      try {
        await pool.query('CHECKPOINT');
        await db.close();
      } finally {
        await unlock();
      }
    },
  };
}

async function sweepUp(pool: PglitePool): Promise<void> {
  await pool.query('VACUUM');
  await pool.query('CHECKPOINT');
}

async function ping(pool: PglitePool, folder: string): Promise<void> {
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    throw new ReconcileError(
      'QUEUE_UNAVAILABLE',
      `Cannot reach queue folder "${folder}": its database does not answer, expected an open one`,
      { cause },
    );
  }
}
