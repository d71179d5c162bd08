import { z } from 'zod';
import type { DigestFact, DigestFactStore } from '../model/digest-fact.ts';
import { decodeFact, encodeFact, inChunks } from './facts.ts';
import { FACT_MS, FACT_TOUCH_MS, MAX_FACTS } from './limits.ts';
import { defineScript, type RedisContext } from './redis-script.ts';

const NOW = `
local facts, used = root .. 'facts', root .. 'facts:used'
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** A use is noted once a day, so that most reads write nothing. */
const READ = defineScript(
  z.array(z.string()),
  `${NOW}
local found = {}
for i = 2, #ARGV do
  local fact = call('HGET', facts, ARGV[i])
  found[i - 1] = fact or ''
  if fact and tonumber(call('ZSCORE', used, ARGV[i]) or 0) < now - tonumber(ARGV[1]) then
    call('ZADD', used, now, ARGV[i])
  end
end
return found`,
);

/** Drops what was not used for long, and what is too much, a piece at a time: no call may take long. */
const KEEP = defineScript(
  z.number(),
  `${NOW}
for i = 3, #ARGV, 2 do
  call('HSET', facts, ARGV[i], ARGV[i + 1])
  call('ZADD', used, now, ARGV[i])
end
local old = call('ZRANGEBYSCORE', used, '-inf', now - tonumber(ARGV[1]), 'LIMIT', 0, 2000)
local more = call('ZCARD', used) - tonumber(ARGV[2]) - #old
if more > 0 then
  for _, digest in ipairs(call('ZRANGE', used, #old, #old + math.min(more, 2000) - 1)) do
    old[#old + 1] = digest
  end
end
for _, digest in ipairs(old) do
  call('HDEL', facts, digest)
  call('ZREM', used, digest)
end
call('PEXPIRE', facts, ARGV[1])
return call('PEXPIRE', used, ARGV[1])`,
);

/** Facts of digests in one hash, and when each was last asked for; both are bounded and expire as a whole. */
export function createRedisFacts({ run }: RedisContext): DigestFactStore {
  return {
    async getFacts(digests) {
      const facts = new Map<string, DigestFact>();
      for (const chunk of inChunks(digests, (digest) => digest)) {
        const found = await run('read facts of digests', READ, [FACT_TOUCH_MS, ...chunk]);
        for (const [at, digest] of chunk.entries()) {
          const fact = decodeFact(digest, found[at] ?? null);
          if (fact !== null) facts.set(digest, fact);
        }
      }
      return facts;
    },
    async putFacts(facts) {
      for (const chunk of inChunks(facts, ({ digest }) => digest)) {
        const pairs = chunk.flatMap((fact) => [fact.digest, encodeFact(fact)]);
        await run('keep facts of digests', KEEP, [FACT_MS, MAX_FACTS, ...pairs]);
      }
    },
  };
}
