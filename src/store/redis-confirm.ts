import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import type { Sighting, SightingTimes, Store } from './store.ts';

/** Few calls with many keys each: a call for each key would take most of the time. */
const CONFIRM = defineScript(
  z.array(z.number()),
  `
local now, seen = ARGV[1], tonumber(ARGV[2])
local keys, marks, dues = cjson.decode(ARGV[3]), cjson.decode(ARGV[4]), cjson.decode(ARGV[5])
local passed, due, others, count = {}, {}, {}, 0
-- A quote within a text of JSON has a backslash before it, so nothing else reads like this; to decode all of it takes longer.
local function says(stand, text)
  return string.find(stand, text, 1, true)
end
-- Letters and digits read the same in every JSON.
local arePlain = not string.find(ARGV[4], '[^%w_",%[%]-]')
local function encode(mark)
  return arePlain and '"' .. mark .. '"' or cjson.encode(mark)
end
-- What stands before and behind the mark of a target that was found good: nearly always the same at the next one.
local head, tail
local function isGood(stand, mark)
  if head and stand == head .. mark .. tail then return true end
  local text = encode(mark)
  local first, last = says(stand, '"m":' .. text)
  if not first or not says(stand, '"s":"in_sync"') then return false end
  if arePlain then head, tail = string.sub(stand, 1, first + 4), string.sub(stand, last) end
  return true
end
local stands = call('HMGET', root .. 'standings', unpack(keys))
local passes = call('ZMSCORE', root .. 'passed', unpack(keys))
local one = #dues == 1 and dues[1]
for at = 1, #keys do
  local key, before = keys[at], passes[at]
  if not before or tonumber(before) <= seen then
    local stand = before and stands[at]
    if stand and isGood(stand, marks[at]) then
      count = count + 2
      passed[count - 1], passed[count] = now, key
      local again = one or dues[at]
      if again == '' then
        call('ZREM', root .. 'due', key)
      else
        due[#due + 1] = again
        due[#due + 1] = key
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
  // One text for all of a kind, as thousands of arguments are dear to send.
  const keys = sightings.map(({ target }) => targetKey(target));
  const marks = sightings.map(({ mark }) => mark);
  const lists = [keys, marks, duesOf(sightings)].map((list) => JSON.stringify(list));
  const others = await run('confirm targets', CONFIRM, [now.getTime(), seenAt.getTime(), ...lists]);
  return others.flatMap((place) => sightings[place] ?? []);
}

/** One of them stands for all that are the same, as nearly all are. */
function duesOf(sightings: readonly Sighting[]): readonly string[] {
  const dues = sightings.map(({ dueAt }) => dueAt?.getTime() ?? '');
  const isOne = dues.every((due) => due === dues[0]);
  return (isOne ? dues.slice(0, 1) : dues).map(String);
}
