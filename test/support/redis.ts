import { dockerAnswers } from './docker.ts';
import { startContainer } from './redis-container.ts';
import { isOnPath, startProcess } from './redis-process.ts';

export interface RedisOptions {
  /** BullMQ needs `noeviction`, the default; another value is for tests of the refusal. */
  readonly maxmemoryPolicy?: string;
  /** Keep an append-only file, so that the data outlives kill() and start(). Off by default. */
  readonly appendonly?: boolean;
  /** More arguments of redis-server, such as `['--requirepass', 'x']`. */
  readonly args?: readonly string[];
}

/** A Redis of one's own. Its address stays the same over kill() and start(). */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it as a crash does (SIGKILL); resolves when it is gone. */
  kill(): Promise<void>;
  /** Runs it again after kill(), on the same port and folder. */
  start(): Promise<void>;
  /** Stops it from answering while its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it for good and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a Redis for one test: `redis-server` when it is on PATH, a container otherwise and always under
 * `npm run test:containers`.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const wantsContainer = process.env['TAGWARDEN_TEST_REDIS'] === 'container';
  if (!wantsContainer && isOnPath('redis-server')) return await startProcess(redisArgs(options));
  if (await dockerAnswers()) return await startContainer(redisArgs(options));
  throw new Error(REDIS_MISSING);
}

export const REDIS_MISSING = [
  'Cannot start Redis for the tests: no REDIS_URL, no Docker engine, no redis-server on PATH.',
  'Do one of these and run the tests again:',
  '  export REDIS_URL=redis://HOST:PORT   (a Redis whose data may be lost)',
  '  start a Docker engine                (the tests run redis:7 in it)',
  '  install redis-server                 (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)',
].join('\n');

/** The redis-server arguments every Redis of the tests gets. */
export function redisArgs({
  maxmemoryPolicy = 'noeviction',
  appendonly = false,
  args = [],
}: RedisOptions): readonly string[] {
  const durability = appendonly
    ? ['--appendonly', 'yes', '--appendfsync', 'always']
    : ['--appendonly', 'no'];
  return [
    '--save',
    '',
    ...durability,
    '--maxmemory-policy',
    maxmemoryPolicy,
    '--hz',
    '100',
    ...args,
  ];
}
