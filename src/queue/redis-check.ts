import type { Redis } from 'ioredis';
import semver from 'semver';
import { ReconcileError } from '../model/errors.ts';
import type { Log } from './log.ts';

/** The dedup test of keepLastIfActive needs LPOS, which came with 6.0.6; BullMQ itself recommends 6.2. */
const OLDEST = '6.2.0';

/** What becomes of a Redis without an append-only file. */
export type AppendOnly = 'warn' | 'require';

export interface RedisWishes {
  readonly appendOnly: AppendOnly;
  readonly log: Log;
}

/** Refuses a Redis that would lose jobs (QUEUE_UNSAFE); one that only a crash takes them from as `appendOnly` says. */
export async function checkRedis(
  connection: Redis,
  place: string,
  { appendOnly, log }: RedisWishes,
): Promise<void> {
  const info = parseInfo(await connection.info());
  const version = semver.coerce(info.get('redis_version'));
  if (version && semver.lt(version, OLDEST)) {
    throw new ReconcileError(
      'QUEUE_UNSAFE',
      `Cannot use queue "${place}": it is Redis ${version.version}, expected ${OLDEST} or newer`,
    );
  }
  const eviction = (await readEviction(connection)) ?? info.get('maxmemory_policy') ?? null;
  if (eviction !== null && eviction !== 'noeviction') {
    throw new ReconcileError(
      'QUEUE_UNSAFE',
      `Cannot use queue "${place}": its maxmemory-policy is ${eviction}, expected noeviction, or jobs vanish when memory is short; run "redis-cli CONFIG SET maxmemory-policy noeviction" and set it in redis.conf, or use another Redis`,
    );
  }
  if (info.get('aof_enabled') === '0') {
    if (appendOnly === 'require') {
      throw new ReconcileError(
        'QUEUE_UNSAFE',
        `Cannot use queue "${place}": it keeps no append-only file, expected one, as queue.appendOnly is require; run "redis-cli CONFIG SET appendonly yes" and set it in redis.conf, or use another Redis`,
      );
    }
    log.warn(
      { queue: place, remedy: 'appendonly yes' },
      'Redis keeps no append-only file: a crash of it loses queued jobs until the next sweep',
    );
  }
}

/** The eviction policy; null where CONFIG is forbidden, as on managed Redis; INFO tells the policy there. */
export async function readEviction(connection: Redis): Promise<string | null> {
  try {
    const reply: unknown = await connection.config('GET', 'maxmemory-policy');
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : null;
  } catch {
    return null;
  }
}

/** Lines `name:value` of INFO. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
