import { mkdirSync } from 'node:fs';
import type { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import { withDeadline } from '../model/deadline.ts';
import { ReconcileError } from '../model/errors.ts';
import {
  JOB_DEFAULTS,
  toProcessor,
  tracedBy,
  wireQueue,
  wireWorker,
  workerOptions,
} from './bullmq.ts';
import { lockDirectory } from './directory-lock.ts';
import { createErrorLog } from './log.ts';
import { ensureDatabase } from './new-database.ts';
import { PglitePool } from './pglite-pool.ts';
import type { Backend, BackendOptions } from './port.ts';
import { POSTGRES_SETTINGS } from './postgres-settings.ts';
import { startUpkeep } from './upkeep.ts';
import { compileWasmSparingly } from './wasm-flags.ts';

const { Queue, Worker } = withBackend(createPostgresBackend);
const ANSWER_MS = 2_000;

/** BullMQ's Postgres backend on PGlite in this process, data under `folder`. One process a folder. */
export async function openEmbedded(folder: string, options: BackendOptions): Promise<Backend> {
  const unlock = await lockFolder(folder);
  let db: PGlite | null = null;
  try {
    db = await openDatabase(folder, options);
    return await createBackend({ db, folder, unlock, options });
  } catch (cause) {
    await db?.close().catch(() => {});
    await unlock();
    if (options.signal?.aborted) throw cancelled(folder);
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
  readonly options: BackendOptions;
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

async function openDatabase(folder: string, options: BackendOptions): Promise<PGlite> {
  const dataDir = await ensureDatabase(folder, options);
  options.signal?.throwIfAborted();
  compileWasmSparingly();
  const { PGlite } = await import('@electric-sql/pglite');
  return await PGlite.create({ dataDir, postgresqlconf: [...POSTGRES_SETTINGS] });
}

function cancelled(folder: string): ReconcileError {
  const message = `Cannot open queue folder "${folder}": the process is stopping, expected no signal meanwhile`;
  return new ReconcileError('CANCELLED', message);
}

async function createBackend({ db, folder, unlock, options }: Opened): Promise<Backend> {
  const pool = new PglitePool(db, await import('@electric-sql/pglite'));
  // Before any worker: migrations hold a transaction on the one session everybody shares.
  const client = await pool.connect();
  await runMigrations(client);
  client.release();
  await pool.query('SET search_path = bullmq');
  const { onError } = createErrorLog(options.log);
  const stopUpkeep = startUpkeep(
    async (text, params) => await pool.query(text, params),
    (error) => onError('upkeep', error),
  );
  return {
    kind: 'embedded',
    storage: {
      type: 'sql',
      query: async (text, params) => await withDeadline(pool.query(text, params), ANSWER_MS),
    },
    // One statement carries them, and nothing else runs meanwhile: some 20 ms.
    bulkSize: 50,
    createQueue: (name) =>
      wireQueue(
        new Queue<unknown, void>(name, {
          connection: pool,
          ...tracedBy(options),
          defaultJobOptions: JOB_DEFAULTS,
        }),
        (error) => onError(name, error),
      ),
    createWorker: (name, processor, setup) =>
      wireWorker(
        new Worker<unknown, void>(name, toProcessor(processor), {
          ...workerOptions(setup),
          ...tracedBy(options),
          connection: pool,
        }),
        setup,
        (error) => onError(name, error),
      ),
    ping: async () => await ping(pool, folder),
    probe: null,
    async close() {
      stopUpkeep();
      try {
        await pool.query('CHECKPOINT');
        await db.close();
      } finally {
        await unlock();
      }
    },
  };
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
