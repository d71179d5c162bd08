import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { ask } from './ask.ts';
import { BEGINNING, type BegunPass } from './begun.ts';
import { gather } from './gather.ts';
import { CRASH_MEMORY_MS, CRASH_WINDOW_MS, MAX_CRASHES, MAX_DEATHS } from './limits.ts';
import { compareBytes, parseTargetKey, quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { IS_NEWER } from './redis-targets.ts';
import { VERSION } from './schemas.ts';
import type { PassFacts, Store } from './store.ts';

/**
 * Members of `crashes` are "PROCESS CRASH"; an earlier release wrote the crash alone, which is nobody's death. Few calls of
 * many keys each, and none for the crashes of a target as long as none has any.
 */
const BEGIN = defineScript(
  z.tuple([
    z.array(z.string().nullable()),
    z.array(
      z.tuple([
        z.number(),
        z.coerce.number().nullable(),
        z.number(),
        z.number(),
        z.number(),
        z.number(),
      ]),
    ),
  ]),
  `${IS_NEWER}
local told, window, memory = cjson.decode(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local deaths, keys, histories = root .. 'deaths', {}, {}
for at = 1, #told do
  keys[at] = told[at][1]
  histories[at] = root .. 'crashes:' .. keys[at]
end

local function parse(member)
  local victim, id = string.match(member, '^(%S*) (.*)$')
  return victim or '', id or member
end
local function isKnown(crashes, crash)
  for _, member in ipairs(call('ZRANGE', crashes, 0, -1)) do
    local _, id = parse(member)
    if id == crash then return true end
  end
end
local function trim(set, most, now)
  call('ZREMRANGEBYSCORE', set, '-inf', now - memory)
  call('ZREMRANGEBYRANK', set, 0, -1 - tonumber(most))
  call('PEXPIRE', set, memory)
end
local function note(crashes, owner, crash, process, now)
  if isKnown(crashes, crash) then return end
  local victim = call('GET', owner) or ''
  if victim == process then victim = '' end
  call('ZADD', crashes, now, victim .. ' ' .. crash)
  trim(crashes, ARGV[4], now)
  if victim ~= '' then
    call('ZADD', deaths, 'LT', now, victim)
    trim(deaths, ARGV[5], now)
  end
end
for at = 1, #told do
  local one = told[at]
  local owner = root .. 'owner:' .. one[1]
  if one[4] then note(histories[at], owner, one[4], one[2], one[3]) end
  call('SET', owner, one[2], 'PX', ARGV[3])
end

local function size(set)
  local size = 0
  for _ in pairs(set) do size = size + 1 end
  return size
end
local function count(crashes, key, now)
  local own, recent, first = {}, {}, nil
  local passed = tonumber(call('ZSCORE', root .. 'passed', key) or '-inf')
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
  return size(own), size(recent), first and call('ZCOUNT', deaths, first, '+inf') or 0
end
local olds = call('HMGET', root .. 'targets', unpack(keys))
local tills = call('ZMSCORE', root .. 'quarantine', unpack(keys))
local crashed = call('EXISTS', unpack(histories)) > 0
-- Of most targets there is nothing to tell but the baseline.
local baselines, others = {}, {}
for at = 1, #told do
  local key, now, old, till = keys[at], told[at][3], meta(olds[at]), tills[at]
  baselines[at] = old.v == ${VERSION} and type(old.baseline) == 'number' and string.format('%.0f', old.baseline)
  if till and tonumber(till) <= now then till = false end
  local own, recent, dead = 0, 0, 0
  if crashed then own, recent, dead = count(histories[at], key, now) end
  local newer = isNewer(old, key, now) and 1 or 0
  if till or own + newer > 0 then others[#others + 1] = { at - 1, till, own, recent, dead, newer } end
end
return { baselines, others }`,
);

/** A call of Lua takes some thousand arguments at most, and nothing else runs meanwhile. */
const AT_ONCE = 500;

const RELEASE = defineScript(
  z.number(),
  `
call('UNLINK', root .. 'crashes:' .. ARGV[1])
return call('ZREM', root .. 'quarantine', ARGV[1])`,
);

type CrashPart = Pick<Store, 'begin' | 'heard' | 'quarantine' | 'release' | 'quarantined'>;

/** What a pass asks before it starts: crashes, owners and deaths as keys that expire, quarantines in one sorted set. */
export function createRedisCrashes({ redis, root, run, evaluate }: RedisContext): CrashPart {
  const quarantineKey = `${root}quarantine`;
  const begin = gather<BegunPass, PassFacts>({
    ...BEGINNING,
    most: AT_ONCE,
    call: async (passes) => toFacts(await evaluate(BEGIN, toArguments(passes))),
  });
  return {
    begin: (target, { process, crash }, now) => begin({ target, process, crash, now }),
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

/** One text for all, as many arguments are dear to send. */
function toArguments(passes: readonly BegunPass[]): (string | number)[] {
  const told = passes.map(({ target, process, now, crash }) => [
    targetKey(target),
    process,
    now.getTime(),
    crash ?? false,
  ]);
  return [JSON.stringify(told), CRASH_WINDOW_MS, CRASH_MEMORY_MS, MAX_CRASHES, MAX_DEATHS];
}

function toFacts([baselines, others]: z.infer<typeof BEGIN.reply>): PassFacts[] {
  const facts = baselines.map(
    (baseline): PassFacts => ({
      baseline: baseline === null ? null : Number(baseline),
      quarantinedUntil: null,
      crashes: 0,
      crashesInRow: 0,
      deaths: 0,
      isOfNewerRelease: false,
    }),
  );
  for (const [at, until, crashes, crashesInRow, deaths, newer] of others) {
    const baseline = facts[at]?.baseline ?? null;
    const quarantinedUntil = until === null ? null : new Date(until);
    const counted = { crashes, crashesInRow, deaths };
    facts[at] = { baseline, quarantinedUntil, ...counted, isOfNewerRelease: newer === 1 };
  }
  return facts;
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return pairs;
}
