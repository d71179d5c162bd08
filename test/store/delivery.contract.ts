import { expect, test } from 'vitest';
import { DELIVERY_CLAIM_MS, DELIVERY_MS } from '../../src/store/limits.ts';
import { noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

export function deliveryContract(bench: () => StoreBench): void {
  test('claimDelivery() gives a delivery to one of many callers', async () => {
    const stores = [bench().store, await bench().another()];

    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        return await stores[at % 2]?.claimDelivery('hook:1', noon());
      }),
    );

    expect(answers.filter((answer) => answer === 'new')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'pending')).toHaveLength(49);
  });

  test('keepDelivery() makes a delivery known for a day', async () => {
    const { store } = bench();
    await store.claimDelivery('hook:1', noon());
    await store.keepDelivery('hook:1', noon());

    expect(await store.claimDelivery('hook:1', noon(DELIVERY_MS - 1))).toBe('known');
    expect(await store.claimDelivery('hook:2', noon())).toBe('new');
    expect(await store.claimDelivery('hook:1', noon(DELIVERY_MS))).toBe('new');
  });

  test('claimDelivery() gives a delivery again whose claimer died over it', async () => {
    const { store } = bench();
    await store.claimDelivery('hook:1', noon());

    expect(await store.claimDelivery('hook:1', noon(DELIVERY_CLAIM_MS - 1))).toBe('pending');
    expect(await store.claimDelivery('hook:1', noon(DELIVERY_CLAIM_MS))).toBe('new');
  });

  test('dropDelivery() ends a claim, and not what is known', async () => {
    const { store } = bench();
    await store.claimDelivery('hook:1', noon());
    await store.claimDelivery('hook:2', noon());
    await store.keepDelivery('hook:2', noon());

    await store.dropDelivery('hook:1');
    await store.dropDelivery('hook:2');

    expect(await store.claimDelivery('hook:1', noon())).toBe('new');
    expect(await store.claimDelivery('hook:2', noon())).toBe('known');
  });

  test('deliveries leave nothing behind once they are known no more', async () => {
    const { store } = bench();
    const old = new Date(Date.now() - 3 * DELIVERY_MS);
    for (const id of ['hook:1', 'hook:2']) await store.claimDelivery(id, old);
    await store.keepDelivery('hook:1', old);
    expect(await bench().size()).toBe(2);

    await store.claimDelivery('hook:3', new Date());
    await store.prune({ before: old, maxRuns: 10 });

    expect(await bench().size()).toBe(1);
  });
}
