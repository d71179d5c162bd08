import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
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
import { createErrorLog, type Log } from './log.ts';
import type { Backend, BackendOptions } from './port.ts';
import { checkRedis } from './redis-check.ts';
import { probeRedis } from './redis-probe.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_MS = 2_000;
/** A connection whose other end vanished without a word looks alive for a quarter of an hour; this ends it sooner. */
const SILENCE_MS = 20_000;
/** Asking again would give the same answer. */
const REFUSALS: ReadonlySet<string> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** BullMQ on Redis: two shared connections and one blocking connection a worker. */
export async function openRedis(url: string, options: BackendOptions): Promise<Backend> {
  const place = redisPlace(url);
  const onError = createErrorLog(options.log);
  // Workers wait for Redis to come back; whoever adds a job wants to hear about it at once.
  const consumer = await connect(url, place, options);
  await check(consumer, place, options.log);
  const producer = new Redis(url, { ...connectionOptions(ANSWER_MS), maxRetriesPerRequest: 1 });
  for (const connection of [consumer, producer]) {
    // BullMQ adds three listeners a queue; it counts up from here, so 0 (no limit) would become 3.
    connection.setMaxListeners(10_000);
    connection.on('error', (error) => onError('redis', error));
  }
  const prefix = options.prefix ?? '{tags}';
  const traced = tracedBy(options);
  return {
    kind: 'redis',
    storage: { type: 'redis', redis: producer, prefix },
    bulkSize: 1_000,
    createQueue: (name) =>
      wireQueue(
        new Queue<unknown, void, string>(name, {
          connection: producer,
          prefix,
          ...traced,
          skipWaitingForReady: true,
          // Asked by checkRedis(). BullMQ asks once more, and a queue whose question meets an outage fails for ever.
          skipVersionCheck: true,
          defaultJobOptions: JOB_DEFAULTS,
          streams: { events: { maxLen: 1_000 } },
        }),
        (error) => onError(name, error),
      ),
    createWorker: (name, processor, setup) =>
      wireWorker(
        new Worker<unknown, void, string>(name, toProcessor(processor), {
          ...workerOptions('redis', setup),
          connection: consumer,
          prefix,
          ...traced,
        }),
        setup,
        (error) => onError(name, error),
      ),
    ping: async () => await ping(producer, place),
    probe: probeRedis(producer, [consumer, producer]),
    async close() {
      await Promise.all([consumer, producer].map(disconnect));
    },
  };
}

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

function connectionOptions(silenceMs: number) {
  return {
    socketTimeout: silenceMs,
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    retryStrategy: (attempt: number) =>
      Math.min(100 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2),
  };
}

/** Waits for a Redis that is still starting, but not for one that refuses us. */
async function connect(
  url: string,
  place: string,
  { connectTimeoutMs = CONNECT_TIMEOUT_MS, silenceMs = SILENCE_MS, signal }: BackendOptions,
): Promise<Redis> {
  const connection = new Redis(url, connectionOptions(silenceMs));
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
    return connection;
  } catch (cause) {
    connection.disconnect();
    if (cause instanceof ReconcileError) throw cause;
    throw unavailable(place, last ?? describe(cause), cause);
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

async function ping(connection: Redis, place: string): Promise<void> {
  try {
    await withDeadline(connection.ping(), ANSWER_MS);
  } catch (cause) {
    throw unavailable(place, describe(cause), cause);
  }
}

async function check(connection: Redis, place: string, log: Log): Promise<void> {
  try {
    await withDeadline(checkRedis(connection, place, log), ANSWER_MS);
  } catch (cause) {
    connection.disconnect();
    throw cause instanceof ReconcileError ? cause : unavailable(place, describe(cause), cause);
  }
}

async function disconnect(connection: Redis): Promise<void> {
  if (connection.status === 'end') return;
  const ended = once(connection, 'end', { signal: AbortSignal.timeout(1_000) }).catch(() => null);
  connection.disconnect();
  await ended;
}
