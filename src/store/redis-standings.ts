import { z } from 'zod';
import { defineScript, type RedisContext } from './redis-script.ts';
import { type Store, TARGET_STATES } from './store.ts';

/** Takes a target out of every index of standings; gives what it was. */
export const UNSTAND = `
local function unstand(key)
  local old = meta(call('HGET', root .. 'standings', key))
  if type(old.s) ~= 'string' then return old end
  call('HDEL', root .. 'standings', key)
  call('ZREM', root .. 'state:' .. old.s, key)
  for _, policy in ipairs(type(old.p) == 'table' and old.p or {}) do call('ZREM', root .. 'unsynced:' .. policy, key) end
  return old
end
`;

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

/** One sorted set a state, and one a policy by the time since when its targets are not in sync. */
export function createRedisStandings({ run }: RedisContext): Pick<Store, 'standings'> {
  return {
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
