import type { Operation } from '../../src/model/plan.ts';
import type { Store } from '../../src/store/store.ts';

/** R24: as many operations as one command must be able to tell one of. */
export const OPERATIONS = 8_000;
/** The target that remember() writes of. */
export const REMEMBERED = { account: 'swr-north', path: 'shop/web' } as const;

/** 8,000 deletes at one target, of `tag-0` and on, in runs of so many each, the first the oldest. */
export async function remember(store: Store, perRun: number): Promise<void> {
  for (let run = 0; run * perRun < OPERATIONS; run += 1) {
    const startedAt = new Date(1_780_000_000_000 + run * 1_000);
    const header = {
      id: `run-${run}`,
      target: REMEMBERED,
      startedAt,
      cause: 'webhook',
      correlationId: `delivery-${run}`,
      revision: 'git:main@0123456789abcdef',
      planDigest: `sha256:feed${run}`,
    } as const;
    await Promise.all(
      Array.from({ length: perRun }, async (_, seq) => {
        await store.intend(header, seq, aDelete(run * perRun + seq), startedAt);
        await store.settle(header.id, seq, { status: 'applied', attempts: 1 });
      }),
    );
    await store.endRun(header.id, startedAt);
  }
}

function aDelete(at: number): Operation {
  const why = { policy: 'shop', rule: 'retain[0]', mode: 'sync' } as const;
  const fate = { replaces: `sha256:${at}`, makesRoomFor: null, because: 'older than 30 days' };
  return { type: 'delete', tag: `tag-${at}`, ...why, ...fate };
}
