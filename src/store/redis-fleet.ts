import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { ask } from './ask.ts';
import { decodePause, encode, scopeKey } from './codec.ts';
import {
  DELETE_BUCKET_MS,
  DELETE_BUCKETS,
  FIRST_SEEN_MS,
  LEARNED_MS,
  longestAheadMs,
  MIN_DELETES,
  pace,
  toGrant,
} from './limits.ts';
import { compareBytes, quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import type { Store } from './store.ts';

const CLOCK = `
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + time[2] / 1000
end
`;

const RESUME = defineScript(
  z.number(),
  `
if ARGV[2] == 'deletes' then call('DEL', root .. 'deletes') end
return call('HDEL', root .. 'pauses', ARGV[1])`,
);

const TAKE_DELETES = defineScript(
  z.number(),
  `${CLOCK}
local count, budget, percent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local length, kept, least = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if percent < 100 then
  local tags = tonumber(call('GET', root .. 'baselines') or 0)
  budget = math.min(budget, math.max(least, math.floor(tags * percent / 100)))
end
local deletes, current, used = root .. 'deletes', math.floor(clock() / length), 0
local buckets = call('HGETALL', deletes)
for i = 1, #buckets, 2 do
  if math.abs(tonumber(buckets[i]) - current) > kept then
    call('HDEL', deletes, buckets[i])
  else
    used = used + tonumber(buckets[i + 1])
  end
end
if used + count > budget then return 0 end
call('HINCRBY', deletes, string.format('%.0f', current), count)
call('PEXPIRE', deletes, length * (kept + 1))
return 1`,
);

const RESERVE = defineScript(
  z.coerce.number(),
  `${CLOCK}
local rate, now = root .. 'rate:' .. ARGV[1], clock()
local count, spacing, tolerance = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local due = tonumber(call('GET', rate) or 0)
if due > now + tonumber(ARGV[5]) then due = 0 end
local base = math.max(due, now - tolerance)
local after = base + count * spacing
local keep = math.ceil(math.max(0, after + tolerance - now)) + 1
call('SET', rate, string.format('%.3f', after), 'PX', string.format('%.0f', keep))
return string.format('%.3f', base - now)`,
);

const FIRST_SEEN = defineScript(
  z.array(z.coerce.number()),
  `
local seen, now, keep = root .. 'first-seen:' .. ARGV[1], ARGV[2], ARGV[3]
local known, given, times, old = {}, {}, {}, call('HGETALL', seen)
for i = 1, #old, 2 do known[old[i]] = old[i + 1] end
for i = 4, #ARGV do
  local name = ARGV[i]
  given[name] = true
  if not known[name] then
    known[name] = now
    call('HSET', seen, name, now)
  end
  times[i - 3] = known[name]
end
for i = 1, #old, 2 do
  if not given[old[i]] then call('HDEL', seen, old[i]) end
end
call('PEXPIRE', seen, keep)
return times`,
);

type FleetPart = Pick<
  Store,
  'pauses' | 'pause' | 'resume' | 'takeDeletes' | 'reserve' | 'firstSeen' | 'learned' | 'learn'
>;

/** What all workers share: pauses, the delete and request budgets, what was seen and learned. */
export function createRedisFleet({ redis, root, run }: RedisContext): FleetPart {
  const pausesKey = `${root}pauses`;
  return {
    async pauses() {
      const found = await ask('read pauses', async () => await redis.hgetall(pausesKey));
      return Object.entries(found)
        .toSorted(([one], [other]) => compareBytes(one, other))
        .map(([key, text]) => decodePause(key, text));
    },
    async pause(pause) {
      await ask('pause', async () => {
        await redis.hset(pausesKey, scopeKey(pause.scope), encode(pause));
      });
    },
    async resume(scope) {
      return (await run('resume', RESUME, [scopeKey(scope), scope.type])) === 1;
    },
    async takeDeletes(count, { maxPerHour, maxPercent }) {
      const bounds = [DELETE_BUCKET_MS, DELETE_BUCKETS, MIN_DELETES];
      const args = [count, maxPerHour, maxPercent, ...bounds];
      return (await run('take deletes', TAKE_DELETES, args)) === 1;
    },
    async reserve(account, request) {
      const { spacingMs, toleranceMs } = pace(request);
      const args = [account, request.count, spacingMs, toleranceMs, longestAheadMs(request)];
      return toGrant(await run(`reserve requests of "${account}"`, RESERVE, args), request);
    },
    async firstSeen(target, names, now) {
      const args = [targetKey(target), now.getTime(), FIRST_SEEN_MS, ...names];
      const what = `read first-seen times of ${quote(target)}`;
      const times = await run(what, FIRST_SEEN, args);
      return new Map(names.map((name, at) => [name, new Date(times[at] ?? now.getTime())]));
    },
    learned: async (account, fact) =>
      await ask(`read what was learned of "${account}"`, async () => {
        return await redis.get(`${root}learned:${account}:${fact}`);
      }),
    async learn(account, fact, value) {
      await ask(`keep what was learned of "${account}"`, async () => {
        await redis.set(`${root}learned:${account}:${fact}`, value, 'PX', LEARNED_MS);
      });
    },
  };
}
