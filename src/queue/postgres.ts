import { setTimeout as sleep } from 'node:timers/promises';
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
import { createErrorLog } from './log.ts';
import type { Backend, BackendOptions } from './port.ts';
import { checkPostgres } from './postgres-check.ts';
import { PostgresPool } from './postgres-pool.ts';

const { Queue, Worker } = withBackend(createPostgresBackend);
const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_MS = 2_000;
/** Longest wait for an answer; after that the connection is given up, as its other end may be gone. */
const SILENCE_MS = 10_000;
const RETRY_MS = 250;

/** BullMQ on a PostgreSQL server, in its schema `bullmq`: a pool of connections and one that hears of new jobs. */
export async function openPostgres(url: string, options: BackendOptions): Promise<Backend> {
  const place = postgresPlace(url);
  const errors = createErrorLog(options.log);
  const pool = new PostgresPool(clientConfig(url, options), (error) =>
    errors.onError('postgres', error),
  );
  try {
    await prepare(pool, place, options);
  } catch (error) {
    await end(pool);
    throw error;
  }
  return {
    kind: 'postgres',
    bulkSize: 500,
    storage: {
      type: 'sql',
      query: async (text, params) => await withDeadline(pool.query(text, params), ANSWER_MS),
    },
    createQueue(name) {
      const queue = new Queue<unknown, void, string>(name, {
        connection: pool,
        ...tracedBy(options),
        defaultJobOptions: JOB_DEFAULTS,
      });
      queue.upsertJobScheduler = inTurn(pool, queue.upsertJobScheduler.bind(queue));
      return wireQueue(queue, (error) => errors.onError(name, error));
    },
    createWorker: (name, processor, setup) =>
      wireWorker(
        new Worker<unknown, void>(name, toProcessor(processor), {
          ...workerOptions(setup),
          ...tracedBy(options),
          connection: pool,
        }),
        setup,
        (error) => errors.onError(name, error),
      ),
    ping: async () => await ping(pool, place),
    probe: null,
    async close() {
      errors.end();
      await end(pool);
    },
  };
}

/** Host, port and database of a PostgreSQL URL; never its user, password or query. */
export function postgresPlace(url: string): string {
  if (!URL.canParse(url)) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      'Cannot open queue: its URL cannot be parsed, expected postgres://host:port/database',
    );
  }
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function clientConfig(url: string, { silenceMs = SILENCE_MS }: BackendOptions) {
  const parsed = new URL(url);
  // In the URL it would hide an `options` beside it.
  const given = parsed.searchParams.get('options') ?? '';
  parsed.searchParams.set('options', `${given} -c search_path=bullmq`.trim());
  return {
    connectionString: parsed.href,
    application_name: 'tagwarden',
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: silenceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Waits for a server that is still starting, but not for one that refuses us. */
async function prepare(
  pool: PostgresPool,
  place: string,
  { log, signal, connectTimeoutMs = CONNECT_TIMEOUT_MS }: BackendOptions,
): Promise<void> {
  const giveUpAt = performance.now() + connectTimeoutMs;
  for (;;) {
    if (signal?.aborted) throw cancelled(place);
    try {
      await pool.withSession(async (session) => {
        await checkPostgres(session, place, log);
        await runMigrations(session);
      });
      return;
    } catch (cause) {
      if (cause instanceof ReconcileError) throw cause;
      const isLate = performance.now() + RETRY_MS >= giveUpAt;
      if (isLate || isRefusal(cause)) throw unavailable(place, cause);
      // An abort is looked at above.
      await sleep(RETRY_MS, null, signal ? { signal } : {}).catch(() => {});
    }
  }
}

/** What PostgreSQL says in the class of its code when asking again would give the same answer. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28000': 'it refuses this user',
  '28P01': 'it refuses the user or the password',
  '3D000': 'it has no such database',
  '42501': 'this user may not create the schema "bullmq"',
};

function isRefusal(cause: unknown): boolean {
  return codeOf(cause) in REFUSALS;
}

/** The rest of an error may quote what should not be printed. */
function codeOf(cause: unknown): string {
  const hasCode = cause instanceof Error && 'code' in cause && typeof cause.code === 'string';
  return hasCode ? String(cause.code) : '';
}

function cancelled(place: string): ReconcileError {
  const message = `Cannot reach queue "${place}": the process is stopping, expected no signal meanwhile`;
  return new ReconcileError('CANCELLED', message);
}

function unavailable(place: string, cause: unknown): ReconcileError {
  const code = codeOf(cause);
  const found = REFUSALS[code] ?? (code === '' ? 'no answer' : code);
  const message = `Cannot reach queue "${place}": ${found}, expected a PostgreSQL that answers`;
  return new ReconcileError('QUEUE_UNAVAILABLE', message, { cause });
}

/** Two upserts at once leave a second tick behind; across processes the database gives out the turns. */
function inTurn<A extends unknown[], T>(
  pool: PostgresPool,
  upsert: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (...args) => {
    const mine = last.then(
      async () =>
        await pool.withSession(async (session) => {
          await session.query(
            'BEGIN; SELECT pg_advisory_xact_lock(hashtext($$tagwarden.upsert$$))',
          );
          const result = await upsert(...args);
          await session.query('COMMIT');
          return result;
        }),
    );
    last = mine.catch(() => {});
    return await mine;
  };
}

async function ping(pool: PostgresPool, place: string): Promise<void> {
  try {
    await withDeadline(pool.query('SELECT 1'), ANSWER_MS);
  } catch (cause) {
    throw unavailable(place, cause);
  }
}

/** A connection that carries nothing any more must not hold up the end. */
async function end(pool: PostgresPool): Promise<void> {
  await withDeadline(pool.end(), ANSWER_MS).catch(() => {});
}
