import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { ask } from './ask.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES } from './limits.ts';
import { compareBytes, parseTargetKey, quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import type { Store } from './store.ts';

const BEGIN = defineScript(
  z.tuple([z.coerce.number().nullable(), z.coerce.number().nullable(), z.number()]),
  `
local key, crash, now, window = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local memory, most = tonumber(ARGV[5]), tonumber(ARGV[6])
local crashes = root .. 'crashes:' .. key
if crash ~= '' then
  call('ZADD', crashes, 'NX', now, crash)
  call('ZREMRANGEBYSCORE', crashes, '-inf', now - memory)
  call('ZREMRANGEBYRANK', crashes, 0, -1 - most)
  call('PEXPIRE', crashes, memory)
end
local old = meta(call('HGET', root .. 'targets', key))
local baseline = old.v == 1 and type(old.baseline) == 'number' and string.format('%.0f', old.baseline)
local till = call('ZSCORE', root .. 'quarantine', key)
if till and tonumber(till) <= now then till = false end
return { baseline or false, till, call('ZCOUNT', crashes, '(' .. (now - window), '+inf') }`,
);

const RELEASE = defineScript(
  z.number(),
  `
call('UNLINK', root .. 'crashes:' .. ARGV[1])
return call('ZREM', root .. 'quarantine', ARGV[1])`,
);

type CrashPart = Pick<Store, 'begin' | 'quarantine' | 'release' | 'quarantined'>;

/** What a pass asks before it starts: crashes as sorted sets that expire, quarantines in one sorted set. */
export function createRedisCrashes({ redis, root, run }: RedisContext): CrashPart {
  const quarantineKey = `${root}quarantine`;
  return {
    async begin(target, crash, now) {
      const [baseline, until, crashes] = await run(`begin a pass over ${quote(target)}`, BEGIN, [
        targetKey(target),
        crash ?? '',
        now.getTime(),
        CRASH_WINDOW_MS,
        CRASH_MEMORY_MS,
        MAX_CRASHES,
      ]);
      return { baseline, quarantinedUntil: until === null ? null : new Date(until), crashes };
    },
    async quarantine(target, until) {
      await ask(`quarantine ${quote(target)}`, async () => {
        await redis.zadd(quarantineKey, until.getTime(), targetKey(target));
      });
    },
    async release(target) {
      const removed = await run(`release ${quote(target)}`, RELEASE, [targetKey(target)]);
      return removed === 1;
    },
    async quarantined(now) {
      const found = await ask('list quarantined targets', async () => {
        return await redis.zrangebyscore(quarantineKey, `(${now.getTime()}`, '+inf', 'WITHSCORES');
      });
      return toPairs(found)
        .toSorted(([one], [other]) => compareBytes(one, other))
        .map(([key, until]) => ({ target: parseTargetKey(key), until: new Date(Number(until)) }));
    },
  };
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return pairs;
}
