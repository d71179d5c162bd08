import type { Redis } from 'ioredis';

/** Keys of a Redis by what follows the prefix, each with its type and content. */
export type Dump = Readonly<Record<string, Entry>>;

type Entry =
  | { readonly type: 'hash'; readonly fields: Readonly<Record<string, string>> }
  | { readonly type: 'zset'; readonly members: readonly string[] }
  | { readonly type: 'string'; readonly value: string };

/** Reads what is kept under a prefix. Times to live are left out. */
export async function dumpRedis(redis: Redis, prefix: string): Promise<Dump> {
  const keys = (await redis.keys(`${prefix}*`)).toSorted();
  const entries = keys.map(
    async (key) => [key.slice(prefix.length), await readKey(redis, key)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function readKey(redis: Redis, key: string): Promise<Entry> {
  const type = await redis.type(key);
  switch (type) {
    case 'hash':
      return { type, fields: await redis.hgetall(key) };
    case 'zset':
      return { type, members: await redis.zrange(key, '0', '-1', 'WITHSCORES') };
    case 'string':
      return { type, value: (await redis.get(key)) ?? '' };
    default:
      throw new Error(`${key} is a ${type}, which the store did not use so far`);
  }
}

/** Puts it back. */
export async function restoreRedis(redis: Redis, prefix: string, dump: Dump): Promise<void> {
  for (const [name, entry] of Object.entries(dump)) {
    const key = `${prefix}${name}`;
    switch (entry.type) {
      case 'hash':
        await redis.hset(key, entry.fields);
        break;
      case 'zset':
        for (let at = 0; at < entry.members.length; at += 2)
          await redis.zadd(key, entry.members[at + 1] ?? '0', entry.members[at] ?? '');
        break;
      case 'string':
        await redis.set(key, entry.value);
    }
  }
}
