import { expect, test } from 'vitest';
import type { Standing } from '../../src/store/store.ts';
import { aRecord, aTarget, HOUR_MS, MINUTE_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const MANY = 100_000;

export function standingContract(bench: () => StoreBench): void {
  const stand = async (
    path: string,
    state: Standing['state'],
    { policies = ['shop'], plusMs = 0 } = {},
  ): Promise<void> => {
    await bench().store.stand(aTarget(path), { state, policies, at: noon(plusMs) });
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
    for (const path of ['a', 'b']) {
      await store.finish(aRecord({ target: aTarget(path), passedAt: noon() }), null);
      await stand(path, 'drifted');
    }

    await store.forget(aTarget('a'));
    const one = (await store.standings([])).states.get('drifted');
    await store.prune({ before: noon(1), maxRuns: 10 });

    expect(one).toBe(1);
    const { states, oldestUnsynced } = await store.standings(['shop']);
    expect(states.get('drifted')).toBe(0);
    expect(oldestUnsynced).toEqual(new Map());
  });

  test.runIf(process.env['TAGWARDEN_MEASURE'] !== undefined)(
    'standings() is cheap at 100,000 targets, all out of sync',
    async () => {
      for (let at = 0; at < MANY; at += 500) {
        await Promise.all(
          Array.from({ length: 500 }, async (_, n) => await stand(`r${at + n}`, 'unknown')),
        );
      }
      const times: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const since = performance.now();
        await bench().store.standings(['shop', 'base']);
        times.push(performance.now() - since);
      }

      process.stderr.write(`standings at ${MANY}: ${times.map((ms) => ms.toFixed(1)).join()} ms\n`);
      expect(Math.min(...times)).toBeLessThan(1_000);
    },
    600_000,
  );
}
