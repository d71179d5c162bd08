import { z } from 'zod';
import { ask } from './ask.ts';
import { DELIVERY_CLAIM_MS, DELIVERY_MS, MAX_DELIVERIES } from './limits.ts';
import { defineScript, type RedisContext } from './redis-script.ts';
import type { Store } from './store.ts';

/** Scores are the ends of validity; what ends first goes first when there are too many. */
const CLAIM = defineScript(
  z.enum(['new', 'pending', 'known']),
  `
local known, pending, id, now = root .. 'deliveries', root .. 'deliveries:pending', ARGV[1], ARGV[2]
for _, set in ipairs({ known, pending }) do call('ZREMRANGEBYSCORE', set, '-inf', now) end
if call('ZSCORE', known, id) then return 'known' end
if call('ZSCORE', pending, id) then return 'pending' end
call('ZADD', pending, ARGV[3], id)
call('ZREMRANGEBYRANK', pending, 0, -1 - tonumber(ARGV[4]))
call('PEXPIRE', pending, ARGV[5])
return 'new'`,
);

const KEEP = defineScript(
  z.number(),
  `
local known, pending, id = root .. 'deliveries', root .. 'deliveries:pending', ARGV[1]
call('ZREM', pending, id)
call('ZADD', known, ARGV[2], id)
call('ZREMRANGEBYRANK', known, 0, -1 - tonumber(ARGV[3]))
return call('PEXPIRE', known, ARGV[4])`,
);

type DeliveryPart = Pick<Store, 'claimDelivery' | 'keepDelivery' | 'dropDelivery'>;

/** Deliveries of webhooks in two sorted sets, claimed and known; both are bounded and expire as a whole. */
export function createRedisDeliveries({ redis, root, run }: RedisContext): DeliveryPart {
  return {
    claimDelivery: async (id, now) =>
      await run('claim a delivery', CLAIM, [
        id,
        now.getTime(),
        now.getTime() + DELIVERY_CLAIM_MS,
        MAX_DELIVERIES,
        DELIVERY_MS,
      ]),
    async keepDelivery(id, now) {
      const args = [id, now.getTime() + DELIVERY_MS, MAX_DELIVERIES, DELIVERY_MS];
      await run('keep a delivery', KEEP, args);
    },
    async dropDelivery(id) {
      await ask('drop a delivery', async () => {
        await redis.zrem(`${root}deliveries:pending`, id);
      });
    },
  };
}
