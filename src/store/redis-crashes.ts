import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { ask } from './ask.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES, MAX_DEATHS } from './limits.ts';
import { compareBytes, parseTargetKey, quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { IS_NEWER } from './redis-targets.ts';
import { VERSION } from './schemas.ts';
import type { Store } from './store.ts';

/** Members of `crashes` are "PROCESS CRASH"; an earlier release wrote the crash alone, which is nobody's death. */
const BEGIN = defineScript(
  z.tuple([
    z.coerce.number().nullable(),
    z.coerce.number().nullable(),
    z.number(),
    z.number(),
    z.number(),
    z.number(),
  ]),
  `${IS_NEWER}
local key, crash, process, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local window, memory = tonumber(ARGV[5]), tonumber(ARGV[6])
local crashes, owner, deaths = root .. 'crashes:' .. key, root .. 'owner:' .. key, root .. 'deaths'

local function parse(member)
  local victim, id = string.match(member, '^(%S*) (.*)$')
  return victim or '', id or member
end
local function isKnown()
  for _, member in ipairs(call('ZRANGE', crashes, 0, -1)) do
    local _, id = parse(member)
    if id == crash then return true end
  end
end
local function trim(set, most)
  call('ZREMRANGEBYSCORE', set, '-inf', now - memory)
  call('ZREMRANGEBYRANK', set, 0, -1 - tonumber(most))
  call('PEXPIRE', set, memory)
end

if crash ~= '' and not isKnown() then
  local victim = call('GET', owner) or ''
  if victim == process then victim = '' end
  call('ZADD', crashes, now, victim .. ' ' .. crash)
  trim(crashes, ARGV[7])
  if victim ~= '' then
    call('ZADD', deaths, 'LT', now, victim)
    trim(deaths, ARGV[8])
  end
end
call('SET', owner, process, 'PX', memory)

local passed = tonumber(call('ZSCORE', root .. 'passed', key) or '') or -math.huge
local own, recent, first = {}, {}, nil
local told = call('ZRANGEBYSCORE', crashes, '(' .. (now - window), '+inf', 'WITHSCORES')
for i = 1, #told, 2 do
  local victim, at = parse(told[i]), tonumber(told[i + 1])
  local died = tonumber(call('ZSCORE', deaths, victim) or '')
  if died and at >= died then
    own[victim] = true
    if at > passed then recent[victim] = true end
    first = math.min(first or died, died)
  end
end
local function count(set)
  local size = 0
  for _ in pairs(set) do size = size + 1 end
  return size
end

local old = meta(call('HGET', root .. 'targets', key))
local baseline = old.v == ${VERSION} and type(old.baseline) == 'number' and string.format('%.0f', old.baseline)
local till = call('ZSCORE', root .. 'quarantine', key)
if till and tonumber(till) <= now then till = false end
local dead = first and call('ZCOUNT', deaths, first, '+inf') or 0
return { baseline or false, till, count(own), count(recent), dead, isNewer(old, key, now) and 1 or 0 }`,
);

const RELEASE = defineScript(
  z.number(),
  `
call('UNLINK', root .. 'crashes:' .. ARGV[1])
return call('ZREM', root .. 'quarantine', ARGV[1])`,
);

type CrashPart = Pick<Store, 'begin' | 'heard' | 'quarantine' | 'release' | 'quarantined'>;

/** What a pass asks before it starts: crashes, owners and deaths as keys that expire, quarantines in one sorted set. */
export function createRedisCrashes({ redis, root, run }: RedisContext): CrashPart {
  const quarantineKey = `${root}quarantine`;
  return {
    async begin(target, { crash, process }, now) {
      const facts = await run(`begin a pass over ${quote(target)}`, BEGIN, [
        targetKey(target),
        crash ?? '',
        process,
        now.getTime(),
        CRASH_WINDOW_MS,
        CRASH_MEMORY_MS,
        MAX_CRASHES,
        MAX_DEATHS,
      ]);
      const [baseline, until, crashes, crashesInRow, deaths, newer] = facts;
      const quarantinedUntil = until === null ? null : new Date(until);
      const counted = { crashes, crashesInRow, deaths };
      return { baseline, quarantinedUntil, ...counted, isOfNewerRelease: newer === 1 };
    },
    async heard(process) {
      await ask('give a sign of life', async () => {
        await redis.zrem(`${root}deaths`, process);
      });
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
