import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { encode } from './codec.ts';
import { lastOfEach } from './finished.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { UNSTAND } from './redis-standings.ts';
import { IS_NEWER } from './redis-targets.ts';
import { VERSION } from './schemas.ts';
import type { FinishedPass, Store } from './store.ts';

/** As FINISH and STAND, with few calls of many keys each: a call for each key would take most of the time. */
const FINISH_ALL = defineScript(
  z.null(),
  `${UNSTAND}
${IS_NEWER}
local told, keys = cjson.decode(ARGV[1]), {}
for at, one in ipairs(told) do keys[at] = one.key end
local olds = call('HMGET', root .. 'targets', unpack(keys))
local stands = call('HMGET', root .. 'standings', unpack(keys))
local passes = call('ZMSCORE', root .. 'passed', unpack(keys))
local grown, hashes, sets = 0, { targets = {}, standings = {} }, { passed = {}, due = {} }
local function add(lists, name, first, second)
  local list = lists[name] or {}
  lists[name] = list
  list[#list + 1] = first
  list[#list + 1] = second
end
local function watch(one)
  if one.due == '' then call('ZREM', root .. 'due', one.key) else add(sets, 'due', one.due, one.key) end
end
local function finish(one, before)
  local old = meta(before)
  -- Its release knows more of the target than would be left of it.
  if isNewer(old, one.key, tonumber(one.passed)) then
    -- With a mark, confirm() would count the record as passed, and so keep it for ever.
    one.mark = ''
    return watch(one)
  end
  local since, run, baseline = tonumber(one.since), one.run, tonumber(one.baseline)
  local known = type(old.baseline) == 'number' and old.baseline or 0
  if old.v == ${VERSION} then
    if old.status == one.status then since = old.since end
    if run == '' then run = old.runId end
    if not baseline then baseline = old.baseline end
  end
  if run == '' then run = nil end
  local kept = { v = ${VERSION}, status = one.status, since = since, runId = run, baseline = baseline }
  add(hashes, 'targets', one.key, cjson.encode(kept) .. '\\n' .. one.record)
  grown = grown + (baseline or 0) - known
  if old.v ~= ${VERSION} or old.status ~= one.status then
    add(sets, 'index', 0, one.key)
    for _, other in ipairs({ 'in-sync', 'drifted', 'refused', 'unknown' }) do
      if before and other ~= one.status then call('ZREM', root .. other, one.key) end
    end
    add(sets, one.status, 0, one.key)
  end
  add(sets, 'passed', one.passed, one.key)
  watch(one)
end
local function stand(one, known)
  local since = one.state ~= 'in_sync' and (meta(known).u or tonumber(one.at)) or nil
  local mark = one.mark ~= '' and one.mark or nil
  local new = cjson.encode({ s = one.state, u = since, p = one.policies, m = mark })
  if new == known then return end
  if known then unstand(one.key) end
  add(hashes, 'standings', one.key, new)
  add(sets, 'state:' .. one.state, 0, one.key)
  if not since then return end
  for _, policy in ipairs(one.policies) do
    add(sets, 'unsynced:' .. policy, string.format('%.0f', since), one.key)
  end
end
for at, one in ipairs(told) do
  -- A pass that ended meanwhile knows more.
  if tonumber(passes[at] or '-inf') <= tonumber(one.passed) then
    finish(one, olds[at])
    stand(one, stands[at])
  end
end
for name, list in pairs(hashes) do if #list > 0 then call('HSET', root .. name, unpack(list)) end end
for name, list in pairs(sets) do if #list > 0 then call('ZADD', root .. name, unpack(list)) end end
if grown ~= 0 then call('INCRBY', root .. 'baselines', string.format('%.0f', grown)) end
return nil`,
);

/** A call of Lua takes some thousand arguments at most, and nothing else runs meanwhile. */
const AT_ONCE = 500;

/** What became of many targets, kept where the records are. */
export function createRedisFinishAll({ run }: RedisContext): Pick<Store, 'finishAll'> {
  return {
    async finishAll(passes) {
      const told = lastOfEach(passes).map(toldOf);
      for (let at = 0; at < told.length; at += AT_ONCE) {
        const some = JSON.stringify(told.slice(at, at + AT_ONCE));
        await run('keep what became of targets', FINISH_ALL, [some]);
      }
    },
  };
}

/** One text for all, as thousands of arguments are dear to send; empty for null. */
function toldOf({ record, dueAt, standing }: FinishedPass) {
  const { state, policies, at, mark = null } = standing;
  return {
    key: targetKey(record.target),
    record: encode(record),
    status: record.status,
    since: `${record.since.getTime()}`,
    run: record.runId ?? '',
    baseline: `${record.baseline ?? ''}`,
    passed: `${record.passedAt.getTime()}`,
    due: `${dueAt?.getTime() ?? ''}`,
    state,
    at: `${at.getTime()}`,
    mark: mark ?? '',
    policies,
  };
}
