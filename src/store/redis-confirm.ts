import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import type { Sighting, SightingTimes, Store } from './store.ts';

/** Few calls with many keys each: a call for each key would take most of the time. */
const CONFIRM = defineScript(
  z.array(z.number()),
  `
local now, seen, told = ARGV[1], tonumber(ARGV[2]), cjson.decode(ARGV[3])
local keys, passed, due, others = {}, {}, {}, {}
-- A quote within a text of JSON has a backslash before it, so nothing else reads like this; to decode all of it takes longer.
local function says(stand, name, text)
  return string.find(stand, '"' .. name .. '":' .. text, 1, true)
end
for at, one in ipairs(told) do keys[at] = one[1] end
local stands = call('HMGET', root .. 'standings', unpack(keys))
local passes = call('ZMSCORE', root .. 'passed', unpack(keys))
for at, one in ipairs(told) do
  local before = tonumber(passes[at] or '-inf')
  if before <= seen then
    local stand = passes[at] and stands[at]
    if stand and says(stand, 's', '"in_sync"') and says(stand, 'm', cjson.encode(one[2])) then
      passed[#passed + 1] = now
      passed[#passed + 1] = one[1]
      if one[3] == '' then
        call('ZREM', root .. 'due', one[1])
      else
        due[#due + 1] = one[3]
        due[#due + 1] = one[1]
      end
    else
      others[#others + 1] = at - 1
    end
  end
end
if #passed > 0 then call('ZADD', root .. 'passed', unpack(passed)) end
if #due > 0 then call('ZADD', root .. 'due', unpack(due)) end
return others`,
);

/** A call of Lua takes some thousand arguments at most, and nothing else runs meanwhile. */
const AT_ONCE = 1_000;

/** What was seen without a pass, compared where the records are. */
export function createRedisConfirm(context: RedisContext): Pick<Store, 'confirm'> {
  return {
    async confirm(sightings, times) {
      const others: Sighting[] = [];
      for (let at = 0; at < sightings.length; at += AT_ONCE) {
        others.push(...(await confirmSome(context, sightings.slice(at, at + AT_ONCE), times)));
      }
      return others.map(({ target }) => target);
    },
  };
}

async function confirmSome(
  { run }: RedisContext,
  sightings: readonly Sighting[],
  { seenAt, now }: SightingTimes,
): Promise<readonly Sighting[]> {
  // One text for all, as thousands of arguments are dear to send.
  const told = sightings.map(({ target, mark, dueAt }) => [
    targetKey(target),
    mark,
    `${dueAt?.getTime() ?? ''}`,
  ]);
  const args = [now.getTime(), seenAt.getTime(), JSON.stringify(told)];
  const others = await run('confirm targets', CONFIRM, args);
  return others.flatMap((place) => sightings[place] ?? []);
}
