import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { ask } from './ask.ts';

/** A Lua script with the type of its reply. */
export interface Script<T> {
  readonly text: string;
  readonly sha: string;
  readonly reply: z.ZodType<T>;
}

/** What all parts of the store on Redis share. */
export interface RedisContext {
  readonly redis: Redis;
  /** What every key starts with; in a cluster all of them are in one slot. */
  readonly root: string;
  /** Runs a script in one round trip; `what` completes "Cannot …". */
  readonly run: <T>(what: string, script: Script<T>, args: readonly Argument[]) => Promise<T>;
  /** As run(), without its time limit and with the errors of Redis: for what is gathered. */
  readonly evaluate: <T>(script: Script<T>, args: readonly Argument[]) => Promise<T>;
}

export type Argument = string | number;

/** Lets every script say `root`, `call`, and `meta` for what is kept in front of a record. */
const PRELUDE = `
local root, call = KEYS[1], redis.call
local function meta(value)
  if not value then return {} end
  local ok, decoded = pcall(cjson.decode, string.sub(value, 1, (string.find(value, '\\n', 1, true) or 0) - 1))
  return ok and type(decoded) == 'table' and decoded or {}
end
`;

/** A script by its Lua text and the shape of its reply. */
export function defineScript<T>(reply: z.ZodType<T>, lua: string): Script<T> {
  const text = `${PRELUDE}${lua}`;
  return { text, sha: createHash('sha1').update(text).digest('hex'), reply };
}

/** The connection belongs to the caller. */
export function createContext(redis: Redis, prefix: string): RedisContext {
  const root = `${prefix}:store:`;
  return {
    redis,
    root,
    run: async (what, script, args) =>
      script.reply.parse(await ask(what, async () => await evaluate(redis, root, script, args))),
    evaluate: async (script, args) => script.reply.parse(await evaluate(redis, root, script, args)),
  };
}

async function evaluate(
  redis: Redis,
  root: string,
  { text, sha }: Script<unknown>,
  args: readonly Argument[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, 1, root, ...args);
  } catch (error) {
    // A Redis that was restarted has forgotten its scripts.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return await redis.eval(text, 1, root, ...args);
  }
}
