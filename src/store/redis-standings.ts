import { z } from 'zod';
import { targetKey } from '../model/target.ts';
import { quote } from './place.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import { type Store, TARGET_STATES } from './store.ts';

/** Takes a target out of every index of standings; gives what it was. */
export const UNSTAND = `
local function unstand(key)
  local old = meta(call('HGET', root .. 'standings', key))
  if not old.s then return old end
  call('HDEL', root .. 'standings', key)
  call('ZREM', root .. 'state:' .. old.s, key)
  for _, policy in ipairs(old.p) do call('ZREM', root .. 'unsynced:' .. policy, key) end
  return old
end
`;

const STAND = defineScript(
  z.null(),
  `${UNSTAND}
local key, state = ARGV[1], ARGV[2]
local known = call('HGET', root .. 'standings', key)
local since = state ~= 'in_sync' and (meta(known).u or tonumber(ARGV[3])) or nil
local policies = {}
for at = 5, #ARGV do policies[#policies + 1] = ARGV[at] end
local mark = ARGV[4] ~= '' and ARGV[4] or nil
local new = cjson.encode({ s = state, u = since, p = policies, m = mark })
-- Most passes find what the one before them found.
if new == known then return nil end
unstand(key)
call('HSET', root .. 'standings', key, new)
call('ZADD', root .. 'state:' .. state, 0, key)
if since then
  for _, policy in ipairs(policies) do call('ZADD', root .. 'unsynced:' .. policy, string.format('%.0f', since), key) end
end
return nil`,
);

const STANDINGS = defineScript(
  z.tuple([z.array(z.number()), z.array(z.string().nullable())]),
  `
local states, oldest, first = {}, {}, tonumber(ARGV[1]) + 1
for at = 2, first do states[#states + 1] = call('ZCARD', root .. 'state:' .. ARGV[at]) end
for at = first + 1, #ARGV do
  oldest[#oldest + 1] = call('ZRANGE', root .. 'unsynced:' .. ARGV[at], 0, 0, 'WITHSCORES')[2] or false
end
return { states, oldest }`,
);

type StandingPart = Pick<Store, 'stand' | 'standings'>;

/** One sorted set a state, and one a policy by the time since when its targets are not in sync. */
export function createRedisStandings({ run }: RedisContext): StandingPart {
  return {
    async stand(target, { state, policies, at, mark = null }) {
      const args = [targetKey(target), state, at.getTime(), mark ?? '', ...policies];
      await run(`note how ${quote(target)} stands`, STAND, args);
    },
    async standings(policies) {
      const args = [TARGET_STATES.length, ...TARGET_STATES, ...policies];
      const [counts, oldest] = await run('count how targets stand', STANDINGS, args);
      return {
        states: new Map(TARGET_STATES.map((state, index) => [state, counts[index] ?? 0])),
        oldestUnsynced: new Map(
          policies.flatMap((policy, index) => {
            const since = oldest[index] ?? null;
            return since === null ? [] : [[policy, new Date(Number(since))] as const];
          }),
        ),
      };
    },
  };
}
