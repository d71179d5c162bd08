import { ReconcileError } from '../model/errors.ts';
import { folderOwner } from './directory-lock.ts';
import type { Log } from './log.ts';
import { SILENT } from './log.ts';
import type { Backend, BackendOptions, Storage } from './port.ts';

export type { Backend, BackendOptions } from './port.ts';

const PROBE_TIMEOUT_MS = 2_000;
const REDIS = /^rediss?:\/\//;

/**
 * Opens `redis://…`, `rediss://…`, `postgres://…` or `embedded:./folder`.
 * Throws CONFIG_INVALID, QUEUE_UNAVAILABLE, QUEUE_UNSAFE, CANCELLED; no message holds a password.
 */
export async function openBackend(url: string, options: BackendOptions): Promise<Backend> {
  if (url.startsWith('embedded:')) {
    // Loaded here: PGlite is 27 MB that a worker on Redis never needs.
    const { openEmbedded } = await import('./embedded.ts');
    return await openEmbedded(embeddedFolder(url), options);
  }
  if (REDIS.test(url)) {
    const { openRedis } = await import('./redis.ts');
    return await openRedis(url, options);
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    const { openPostgres } = await import('./postgres.ts');
    return await openPostgres(url, options);
  }
  throw new ReconcileError('CONFIG_INVALID', unsupported(url));
}

/** What is kept beside the jobs, and the queue once somebody asks for it. */
export interface OpenStorage {
  readonly storage: Storage;
  /** Throws what openBackend() throws. */
  readonly backend: () => Promise<Backend>;
  /** Closes both. */
  readonly close: () => Promise<void>;
}

/** Opens the storage of a queue for a command that may need no queue, which is slower to load. Codes as openBackend(). */
export async function openStorage(url: string, options: BackendOptions): Promise<OpenStorage> {
  if (!REDIS.test(url)) {
    const backend = await openBackend(url, options);
    return { storage: backend.storage, backend: async () => backend, close: () => backend.close() };
  }
  const { openRedisStorage } = await import('./redis-connect.ts');
  const opened = await openRedisStorage(url, options);
  let opening: Promise<Backend> | null = null;
  return {
    storage: opened.storage,
    backend: async () => {
      opening ??= openBackend(url, options);
      return await opening;
    },
    async close() {
      const backend = await opening?.catch(() => null);
      await backend?.close();
      await opened.close();
    },
  };
}

/** The queue of a configuration. */
export interface QueuePlace {
  readonly url: string;
  /** What becomes of a Redis without an append-only file. Default `warn`. */
  readonly appendOnly?: BackendOptions['appendOnly'];
}

/** The process that has an embedded queue, as in `process 123`; null: nobody, or a queue that processes share. */
export async function queueOwner(url: string): Promise<string | null> {
  return url.startsWith('embedded:') ? await folderOwner(embeddedFolder(url)) : null;
}

/**
 * Preflight for `doctor`: opens and closes the queue, within 3 s on a server, and says what it is. A running service is
 * no fault of the embedded one. Same codes as openBackend().
 */
export async function probeQueue(
  { url, appendOnly = 'warn' }: QueuePlace,
  log: Log = SILENT,
): Promise<string> {
  const owner = await queueOwner(url);
  if (owner !== null) return `embedded, in use by ${owner}`;
  const warnings: string[] = [];
  const warn: Log['warn'] = (fields, message) => {
    warnings.push(message);
    log.warn(fields, message);
  };
  const options = { log: { ...log, warn }, appendOnly, connectTimeoutMs: PROBE_TIMEOUT_MS };
  if (REDIS.test(url)) {
    // Without BullMQ, which takes longer to load than the answer.
    const { openRedisStorage } = await import('./redis-connect.ts');
    const { close } = await openRedisStorage(url, options);
    await close();
    return ['redis', ...warnings].join('; warning: ');
  }
  const backend = await openBackend(url, options);
  try {
    await backend.ping();
    return backend.kind;
  } finally {
    await backend.close();
  }
}

function embeddedFolder(url: string): string {
  const folder = url.slice('embedded:'.length);
  if (folder !== '') return folder;
  throw new ReconcileError(
    'CONFIG_INVALID',
    'Cannot open queue "embedded:": it names no folder, expected embedded:./folder',
  );
}

function unsupported(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? '';
  return `Cannot open queue "${scheme}": it is no known kind of queue, expected redis://host:port, rediss://host:port, postgres://host:port/database or embedded:./folder`;
}
