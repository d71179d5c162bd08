import { z } from 'zod';
import { DELIVERY_CLAIM_MS, DELIVERY_MS, MAX_DELIVERIES } from './limits.ts';
import { execute, type Sql, select } from './sql-query.ts';
import type { Store } from './store.ts';

/** The second look cannot see a row that another caller makes at the same moment: that one is pending. */
const CLAIM = `
WITH taken AS (
  INSERT INTO tagwarden.deliveries AS old (id, known, until) VALUES ($1, false, $3)
  ON CONFLICT (id) DO UPDATE SET known = false, until = excluded.until WHERE old.until <= $2
  RETURNING id
)
SELECT CASE
  WHEN EXISTS (SELECT FROM taken) THEN 'new'
  WHEN (SELECT known FROM tagwarden.deliveries WHERE id = $1) THEN 'known'
  ELSE 'pending'
END AS state`;

const KEEP = `
INSERT INTO tagwarden.deliveries (id, known, until) VALUES ($1, true, $2)
ON CONFLICT (id) DO UPDATE SET known = true, until = excluded.until`;

const DROP = 'DELETE FROM tagwarden.deliveries WHERE id = $1 AND NOT known';

const PRUNE = `
DELETE FROM tagwarden.deliveries WHERE until < now() - interval '1 day'
  OR id IN (SELECT id FROM tagwarden.deliveries ORDER BY until DESC OFFSET ${MAX_DELIVERIES})`;

const Claimed = z.object({ state: z.enum(['new', 'pending', 'known']) });

type DeliveryPart = Pick<Store, 'claimDelivery' | 'keepDelivery' | 'dropDelivery'>;

/** Deliveries of webhooks, one row each; pruneDeliveries() bounds them. */
export function createSqlDeliveries(sql: Sql): DeliveryPart {
  return {
    async claimDelivery(id, now) {
      const [row] = await select(sql, Claimed, {
        what: 'claim a delivery',
        text: CLAIM,
        params: [id, now, new Date(now.getTime() + DELIVERY_CLAIM_MS)],
      });
      return row?.state ?? 'pending';
    },
    async keepDelivery(id, now) {
      const params = [id, new Date(now.getTime() + DELIVERY_MS)];
      await execute(sql, { what: 'keep a delivery', text: KEEP, params });
    },
    async dropDelivery(id) {
      await execute(sql, { what: 'drop a delivery', text: DROP, params: [id] });
    },
  };
}

/** Drops deliveries that are known no more, and the oldest of too many. */
export async function pruneDeliveries(sql: Sql): Promise<void> {
  await execute(sql, { what: 'prune deliveries', text: PRUNE, params: [] });
}
