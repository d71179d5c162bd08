import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { encode } from './codec.ts';
import { createFinish, type Wins } from './finished.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { UNSTAND } from './redis-standings.ts';
import { IS_NEWER } from './redis-targets.ts';
import { VERSION } from './schemas.ts';
import type { FinishedPass, Store } from './store.ts';

/** Few calls of many keys each: a call for each key would take most of the time. */
const FINISH = defineScript(
  z.null(),
  `${UNSTAND}
${IS_NEWER}
local always, told, keys = ARGV[1] == 'always', cjson.decode(ARGV[2]), {}
for at = 1, #told do keys[at] = told[at][1] end
local olds = call('HMGET', root .. 'targets', unpack(keys))
local stands = call('HMGET', root .. 'standings', unpack(keys))
local passes = not always and call('ZMSCORE', root .. 'passed', unpack(keys))
local grown, hashes, sets = 0, { targets = {}, standings = {} }, { passed = {}, due = {} }
local function add(lists, name, first, second)
  local list = lists[name] or {}
  lists[name] = list
  list[#list + 1] = first
  list[#list + 1] = second
end
local function watch(key, due)
  if due then add(sets, 'due', due, key) else call('ZREM', root .. 'due', key) end
end
-- Gives whether a mark may be left.
local function finish(one, record, before)
  local key, status, since, run, baseline, passed, due = unpack(one, 1, 7)
  watch(key, due)
  local old = meta(before)
  -- Its release knows more of the target than would be left of it.
  if isNewer(old, key, tonumber(passed)) then return false end
  local known = type(old.baseline) == 'number' and old.baseline or nil
  local total = known or 0
  if old.v == ${VERSION} then
    if old.status == status then since = old.since end
    run, baseline = run or old.runId, baseline or known
  end
  local isAsBefore = old.v == ${VERSION} and old.status == status
  run, baseline = run or nil, baseline or nil
  local first
  if isAsBefore and run == old.runId and baseline == old.baseline then
    -- To encode it anew takes longer.
    first = string.sub(before, 1, string.find(before, '\\n', 1, true))
  else
    first = cjson.encode({ v = ${VERSION}, status = status, since = since, runId = run, baseline = baseline }) .. '\\n'
  end
  add(hashes, 'targets', key, first .. record)
  grown = grown + (baseline or 0) - total
  if not isAsBefore then
    add(sets, 'index', 0, key)
    for _, other in ipairs({ 'in-sync', 'drifted', 'refused', 'unknown' }) do
      if before and other ~= status then call('ZREM', root .. other, key) end
    end
    add(sets, status, 0, key)
  end
  add(sets, 'passed', passed, key)
  return true
end
local function stand(one, known, mayMark)
  local key, state, at, mark, policies = one[1], unpack(one, 8, 11)
  local since = state ~= 'in_sync' and (tonumber(meta(known).u) or at) or nil
  -- Of a record of a newer release a mark would let confirm() count it as passed, and so keep it for ever.
  local new = cjson.encode({ s = state, u = since, p = policies, m = mayMark and mark or nil })
  -- Most passes find what the one before them found.
  if new == known then return end
  if known then unstand(key) end
  add(hashes, 'standings', key, new)
  add(sets, 'state:' .. state, 0, key)
  if not since then return end
  for _, policy in ipairs(policies) do
    add(sets, 'unsynced:' .. policy, string.format('%.0f', since), key)
  end
end
for at = 1, #told do
  local one = told[at]
  -- Of what was seen without a pass, a pass that ended meanwhile knows more.
  if always or tonumber(passes[at] or '-inf') <= tonumber(one[6]) then
    local mayMark = finish(one, ARGV[at + 2], olds[at])
    if one[8] then stand(one, stands[at], mayMark) end
  end
end
for name, list in pairs(hashes) do if #list > 0 then call('HSET', root .. name, unpack(list)) end end
for name, list in pairs(sets) do if #list > 0 then call('ZADD', root .. name, unpack(list)) end end
if grown ~= 0 then call('INCRBY', root .. 'baselines', string.format('%.0f', grown)) end
return nil`,
);

/** A call of Lua takes some thousand arguments at most, and nothing else runs meanwhile. */
const AT_ONCE = 500;

/** What became of targets, kept where the records are. */
export function createRedisFinish({ evaluate }: RedisContext): Pick<Store, 'finish' | 'finishAll'> {
  const write = async (passes: readonly FinishedPass[], wins: Wins) =>
    await evaluate(FINISH, toArguments(passes, wins));
  return createFinish({ most: AT_ONCE, write });
}

/** All but the records in one text, as thousands of arguments are dear to send; a record within it would be dear to read. */
function toArguments(passes: readonly FinishedPass[], wins: Wins): string[] {
  const args = [wins, JSON.stringify(passes.map(toldOf))];
  for (const { record } of passes) args.push(encode(record));
  return args;
}

/** In the order in which the script names them; false for null, as Lua's lists have no place for that. */
function toldOf({ record, dueAt, standing }: FinishedPass): readonly unknown[] {
  const { target, status, since, runId, baseline, passedAt } = record;
  return [
    targetKey(target),
    status,
    since.getTime(),
    runId ?? false,
    baseline ?? false,
    `${passedAt.getTime()}`,
    dueAt === null ? false : `${dueAt.getTime()}`,
    standing?.state ?? false,
    standing?.at.getTime() ?? false,
    standing?.mark ?? false,
    standing?.policies ?? false,
  ];
}
