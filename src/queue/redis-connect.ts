import { once } from 'node:events';
import { Redis } from 'ioredis';
import { withDeadline } from '../model/deadline.ts';
import { ReconcileError } from '../model/errors.ts';
import type { BackendOptions, Storage } from './port.ts';
import { checkRedis, type RedisWishes } from './redis-check.ts';

/** Prefix of all keys; one hash tag, so that it also works on a cluster. */
export const DEFAULT_PREFIX = '{tags}';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_MS = 2_000;
/** A connection whose other end vanished without a word looks alive for a quarter of an hour; this ends it sooner. */
const SILENCE_MS = 20_000;
/** Asking again would give the same answer. */
const REFUSALS: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** Host, port and database of a Redis URL; never its user, password or query. */
export function redisPlace(url: string): string {
  if (!URL.canParse(url)) {
    throw new ReconcileError(
      'CONFIG_INVALID',
      'Cannot open queue: its URL cannot be parsed, expected redis://host:port',
    );
  }
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** A connection for whoever waits through an outage, to a Redis that is safe to use. Throws what openRedis() throws. */
export async function connectRedis(url: string, options: BackendOptions): Promise<Redis> {
  return await connect(url, options, connectionOptions(options.silenceMs ?? SILENCE_MS));
}

/** Another connection to the same Redis, for whoever wants to hear of an outage at once. */
export function createConnection(url: string): Redis {
  return new Redis(url, impatient());
}

/** What is kept beside the jobs, by itself: without BullMQ, which takes a while to load. */
export async function openRedisStorage(
  url: string,
  options: BackendOptions,
): Promise<{ readonly storage: Storage; readonly close: () => Promise<void> }> {
  const redis = await connect(url, options, impatient());
  const prefix = options.prefix ?? DEFAULT_PREFIX;
  return {
    storage: { type: 'redis', redis, prefix },
    close: async () => await disconnect(redis),
  };
}

/** Resolves when Redis answers; throws QUEUE_UNAVAILABLE. */
export async function pingRedis(connection: Redis, place: string): Promise<void> {
  try {
    await withDeadline(connection.ping(), ANSWER_MS);
  } catch (cause) {
    throw unavailable(place, describe(cause), cause);
  }
}

/** Hangs up, and waits a little until that is done. */
export async function disconnect(connection: Redis): Promise<void> {
  if (connection.status === 'end') return;
  const ended = once(connection, 'end', { signal: AbortSignal.timeout(1_000) }).catch(() => null);
  connection.disconnect();
  await ended;
}

interface ConnectionSettings {
  socketTimeout: number;
  /** Null: a command waits for as long as it takes. */
  maxRetriesPerRequest: number | null;
  connectTimeout: number;
  retryStrategy: (attempt: number) => number;
}

function connectionOptions(silenceMs: number): ConnectionSettings {
  return {
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    retryStrategy: (attempt: number) =>
      Math.min(100 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2),
  };
}

function impatient(): ConnectionSettings {
  return { ...connectionOptions(ANSWER_MS), maxRetriesPerRequest: 1 };
}

/** Waits for a Redis that is still starting, but not for one that refuses us or would lose jobs. */
async function connect(
  url: string,
  { connectTimeoutMs = CONNECT_TIMEOUT_MS, signal, log, appendOnly = 'warn' }: BackendOptions,
  settings: ConnectionSettings,
): Promise<Redis> {
  const place = redisPlace(url);
  const connection = new Redis(url, settings);
  let last: string | null = null;
  const ready = new Promise<void>((done, fail) => {
    connection.once('ready', done);
    connection.on('error', (error) => {
      last = errorClass(error);
      if (REFUSALS.has(last)) fail(error);
    });
    signal?.addEventListener('abort', () => fail(cancelled(place)), { once: true });
    if (signal?.aborted) fail(cancelled(place));
  });
  try {
    await withDeadline(ready, connectTimeoutMs);
  } catch (cause) {
    connection.disconnect();
    if (cause instanceof ReconcileError) throw cause;
    throw unavailable(place, last ?? describe(cause), cause);
  }
  await check(connection, place, { appendOnly, log });
  return connection;
}

async function check(connection: Redis, place: string, wishes: RedisWishes): Promise<void> {
  try {
    await withDeadline(checkRedis(connection, place, wishes), ANSWER_MS);
  } catch (cause) {
    connection.disconnect();
    throw cause instanceof ReconcileError ? cause : unavailable(place, describe(cause), cause);
  }
}

/** The system's code, or the first word of a Redis error (NOAUTH, WRONGPASS); the rest may quote the password. */
function errorClass(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return /^[A-Z]{4,}/.exec(error.message)?.[0] ?? error.name;
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'no answer';
  return cause.message.startsWith('no answer') ? cause.message : errorClass(cause);
}

function cancelled(place: string): ReconcileError {
  const message = `Cannot reach queue "${place}": the process is stopping, expected no signal meanwhile`;
  return new ReconcileError('CANCELLED', message);
}

function unavailable(place: string, found: string, cause: unknown): ReconcileError {
  const message = `Cannot reach queue "${place}": ${found}, expected a Redis that answers`;
  return new ReconcileError('QUEUE_UNAVAILABLE', message, { cause });
}
