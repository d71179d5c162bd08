import { expect, test } from 'vitest';
import { aStart, aTarget, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

export function faultContract(bench: () => StoreBench): void {
  test('every call says within two seconds that the store does not answer', async () => {
    const { store } = bench();
    await store.counts(noon());
    const calls = {
      begin: async () => await store.begin(aTarget(), aStart(), noon()),
      heard: async () => await store.heard('here'),
      pauses: async () => await store.pauses(),
      counts: async () => await store.counts(noon()),
      reserve: async () => await store.reserve('swr', { requestsPerSecond: 1, burst: 1, count: 1 }),
    };

    await bench().freeze();
    const start = performance.now();
    const answers = await Promise.allSettled(
      Object.values(calls).map(async (call) => await call()),
    );
    const elapsedMs = performance.now() - start;
    await bench().thaw();

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'QUEUE_UNAVAILABLE',
          message: expect.stringMatching(
            /^Cannot .+: no answer within 2 s, expected a store that answers$/,
          ),
        },
      });
    }
    expect(elapsedMs).toBeLessThan(3_000);
    expect(await store.begin(aTarget(), aStart(), noon())).toMatchObject({ baseline: null });
  });
}
