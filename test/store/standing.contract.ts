import { expect, test } from 'vitest';
import type { Standing } from '../../src/store/store.ts';
import { aRecord, aTarget, HOUR_MS, MINUTE_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

export function standingContract(bench: () => StoreBench): void {
  const stand = async (
    path: string,
    state: Standing['state'],
    { policies = ['shop'], plusMs = 0 } = {},
  ): Promise<void> => {
    const record = aRecord({ target: aTarget(path), passedAt: noon() });
    await bench().store.finish(record, null, { state, policies, at: noon(plusMs) });
  };

  test('standings() knows no target of a store that is empty', async () => {
    const { states, oldestUnsynced } = await bench().store.standings(['shop']);

    expect([...states.values()]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(oldestUnsynced).toEqual(new Map());
  });

  test('standings() counts each target once, in the state it had last', async () => {
    await stand('a', 'drifted');
    await stand('b', 'paused');
    await stand('c', 'error');
    await stand('a', 'in_sync', { plusMs: 1 });

    const { states } = await bench().store.standings([]);

    const counted = Object.fromEntries([...states].filter(([, count]) => count > 0));
    expect(counted).toEqual({ in_sync: 1, paused: 1, error: 1 });
  });

  test('standings() tells since when the oldest target of a policy is not in sync, whatever its state', async () => {
    await stand('old', 'drifted', { policies: ['shop', 'base'] });
    await stand('new', 'unknown', { plusMs: HOUR_MS });
    await stand('old', 'error', { policies: ['shop', 'base'], plusMs: MINUTE_MS });
    await stand('fine', 'in_sync', { policies: ['calm'], plusMs: -HOUR_MS });

    const { oldestUnsynced } = await bench().store.standings(['shop', 'base', 'calm', 'none']);

    expect(Object.fromEntries(oldestUnsynced)).toEqual({ shop: noon(), base: noon() });
  });

  test('finish() without a standing leaves the one before, and with one notes it beside the record', async () => {
    const { store } = bench();
    await stand('a', 'drifted');
    await store.finish(aRecord({ target: aTarget('a'), baseline: 7 }), noon());

    const { states, oldestUnsynced } = await store.standings(['shop']);

    expect(states.get('drifted')).toBe(1);
    expect(oldestUnsynced).toEqual(new Map([['shop', noon()]]));
    expect(await store.target(aTarget('a'))).toMatchObject({ baseline: 7 });
  });

  test('standings() begins anew for a target that was in sync meanwhile', async () => {
    await stand('a', 'drifted');
    await stand('a', 'in_sync', { plusMs: MINUTE_MS });
    await stand('a', 'drifted', { plusMs: HOUR_MS });

    const { oldestUnsynced } = await bench().store.standings(['shop']);

    expect(oldestUnsynced).toEqual(new Map([['shop', noon(HOUR_MS)]]));
  });

  test('standings() leaves a policy that selects a target no more', async () => {
    await stand('a', 'drifted', { policies: ['shop', 'base'] });
    await stand('a', 'drifted', { policies: ['base'], plusMs: 1 });

    const { oldestUnsynced } = await bench().store.standings(['shop', 'base']);

    expect([...oldestUnsynced.keys()]).toEqual(['base']);
  });

  test('forget() and prune() take a target out of the standings', async () => {
    const { store } = bench();
    for (const path of ['a', 'b']) await stand(path, 'drifted');

    await store.forget(aTarget('a'));
    const one = (await store.standings([])).states.get('drifted');
    await store.prune({ before: noon(1), maxRuns: 10 });

    expect(one).toBe(1);
    const { states, oldestUnsynced } = await store.standings(['shop']);
    expect(states.get('drifted')).toBe(0);
    expect(oldestUnsynced).toEqual(new Map());
  });
}
