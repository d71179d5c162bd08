import { expect, test } from 'vitest';
import type { Pause } from '../../src/model/pause.ts';
import { aRecord, aTarget, HOUR_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const FREEZE: Pause = { scope: { type: 'all' }, reason: 'incident 7', by: 'cli', since: noon() };
const NO_SHARE = { maxPerHour: 1_000, maxPercent: 100 };

export function fleetContract(bench: () => StoreBench): void {
  test('pauses() gives one pause per scope, the last', async () => {
    const { store } = bench();
    const policy: Pause = {
      ...FREEZE,
      scope: { type: 'policy', policy: 'all' },
      by: 'config',
    };
    const targets: Pause = { ...FREEZE, scope: { type: 'targets', glob: 'swr/**' } };
    const deletes: Pause = { ...FREEZE, scope: { type: 'deletes' }, by: 'guard' };
    for (const pause of [policy, FREEZE, targets, deletes]) await store.pause(pause);

    await store.pause({ ...FREEZE, reason: 'incident 8', since: noon(1) });

    expect(await store.pauses()).toEqual([
      { ...FREEZE, reason: 'incident 8', since: noon(1) },
      deletes,
      policy,
      targets,
    ]);
  });

  test('resume() ends the pause of exactly this scope', async () => {
    const { store } = bench();
    await store.pause(FREEZE);
    await store.pause({ ...FREEZE, scope: { type: 'policy', policy: 'a' } });

    expect(await store.resume({ type: 'policy', policy: 'b' })).toBe(false);
    expect(await store.resume({ type: 'policy', policy: 'a' })).toBe(true);
    expect(await store.resume({ type: 'policy', policy: 'a' })).toBe(false);
    expect(await store.pauses()).toEqual([FREEZE]);
  });

  test('pauses() does not read a pause of another release as none: it holds everything', async () => {
    const { store } = bench();
    await store.pause({ ...FREEZE, scope: { type: 'policy', policy: 'shop' } });

    await bench().setVersion(2);
    const unreadable = await store.pauses();
    await bench().setVersion(1);
    const readable = await store.pauses();
    await bench().setVersion(2);

    expect(unreadable).toEqual([
      {
        scope: { type: 'all' },
        by: 'guard',
        since: noon(),
        reason: 'another release paused "policy shop"; resume it there, or the same scope here',
      },
    ]);
    expect(readable).toMatchObject([{ scope: { policy: 'shop' } }]);
    expect(await store.resume({ type: 'policy', policy: 'shop' })).toBe(true);
    expect(await store.pauses()).toEqual([]);
  });

  test('resume() of deletes lets a whole budget go again', async () => {
    const { store } = bench();
    const limits = { maxPerHour: 10, maxPercent: 100 };
    await store.takeDeletes(10, limits);
    await store.resume({ type: 'all' });
    expect(await store.takeDeletes(1, limits)).toBe(false);

    await store.resume({ type: 'deletes' });

    expect(await store.takeDeletes(10, limits)).toBe(true);
    expect(await store.takeDeletes(1, limits)).toBe(false);
  });

  test('takeDeletes() takes all or none', async () => {
    const { store } = bench();
    const limits = { maxPerHour: 10, maxPercent: 100 };

    expect(await store.takeDeletes(11, limits)).toBe(false);
    expect(await store.takeDeletes(6, limits)).toBe(true);
    expect(await store.takeDeletes(5, limits)).toBe(false);
    expect(await store.takeDeletes(4, limits)).toBe(true);
    expect(await store.takeDeletes(1, limits)).toBe(false);
  });

  test.each([
    { tags: 0, maxPercent: 10, maxPerHour: 500, budget: 100 },
    { tags: 999, maxPercent: 10, maxPerHour: 500, budget: 100 },
    { tags: 2_005, maxPercent: 10, maxPerHour: 500, budget: 200 },
    { tags: 9_000, maxPercent: 10, maxPerHour: 500, budget: 500 },
    { tags: 9_000, maxPercent: 10, maxPerHour: 50, budget: 50 },
    { tags: 2_000, maxPercent: 12.5, maxPerHour: 500, budget: 250 },
    { tags: 0, maxPercent: 100, maxPerHour: 500, budget: 500 },
    { tags: 9_000, maxPercent: 0, maxPerHour: 500, budget: 100 },
  ])(
    'takeDeletes() lets $budget of $tags tags go at $maxPercent % and $maxPerHour an hour',
    async ({ tags, maxPercent, maxPerHour, budget }) => {
      const { store } = bench();
      await store.finish(aRecord({ target: aTarget('gone'), baseline: 50_000 }), null);
      await store.finish(aRecord({ target: aTarget('a'), baseline: 7_000 }), null);
      await store.finish(aRecord({ target: aTarget('a'), baseline: tags }), null);
      await store.finish(aRecord({ target: aTarget('a'), baseline: null }), null);
      await store.finish(aRecord({ target: aTarget('b'), baseline: null }), null);
      await store.forget(aTarget('gone'));

      expect(await store.takeDeletes(budget + 1, { maxPerHour, maxPercent })).toBe(false);
      expect(await store.takeDeletes(budget, { maxPerHour, maxPercent })).toBe(true);
    },
  );

  test('takeDeletes() counts a delete for an hour, and at most a minute longer', async () => {
    const { store } = bench();
    const limits = { maxPerHour: 10, maxPercent: 100 };
    await store.takeDeletes(4, limits);
    await bench().ageDeletes(30);
    await store.takeDeletes(6, limits);

    await bench().ageDeletes(29);
    expect(await store.takeDeletes(1, limits)).toBe(false);
    await bench().ageDeletes(2);
    expect(await store.takeDeletes(5, limits)).toBe(false);
    expect(await store.takeDeletes(4, limits)).toBe(true);
    await bench().ageDeletes(30);
    expect(await store.takeDeletes(7, limits)).toBe(false);
    expect(await store.takeDeletes(6, limits)).toBe(true);
    await bench().ageDeletes(61);
    expect(await store.takeDeletes(10, limits)).toBe(true);
    expect(await bench().size()).toBe(1);
  });

  test('takeDeletes() counts for everybody', async () => {
    const another = await bench().another();

    expect(await bench().store.takeDeletes(999, NO_SHARE)).toBe(true);
    expect(await another.takeDeletes(2, NO_SHARE)).toBe(false);
  });

  test('reserve() lets a burst through and then keeps the pace', async () => {
    const { store } = bench();
    // One a second: what a busy machine takes between two questions is little beside it.
    const request = { requestsPerSecond: 1, burst: 5 };

    const burst = await store.reserve('swr', { ...request, count: 5 });
    const next = await store.reserve('swr', { ...request, count: 2 });
    const last = await store.reserve('swr', { ...request, count: 1 });
    const other = await store.reserve('ims', { ...request, count: 1 });

    expect(burst).toEqual({ waitMs: 0, spacingMs: 0 });
    expect(next.spacingMs).toBeCloseTo(1_000);
    expect(next.waitMs).toBeGreaterThan(0);
    expect(next.waitMs).toBeLessThanOrEqual(1_000);
    expect(last.waitMs - next.waitMs).toBeGreaterThan(0);
    expect(last.waitMs - next.waitMs).toBeLessThanOrEqual(2_000);
    expect(last.spacingMs).toBe(1_000);
    expect(other.waitMs).toBe(0);
  });

  test('reserve() does not stop an account for an hour when the clock of the store is set back', async () => {
    const { store } = bench();
    const request = { requestsPerSecond: 1, burst: 5, count: 5 };
    await store.reserve('swr', request);

    await bench().setClockBack(HOUR_MS);
    const grant = await store.reserve('swr', request);
    const next = await store.reserve('swr', request);

    expect(grant.waitMs).toBe(0);
    expect(next.waitMs).toBeGreaterThan(0);
    expect(next.waitMs).toBeLessThan(10_000);
  });

  test('reserve() lets 100 processes wait in line for a slow account', async () => {
    const { store } = bench();
    const request = { requestsPerSecond: 0.5, burst: 1, count: 1 };

    const waits: number[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      waits.push((await store.reserve('swr', request)).waitMs);
    }

    expect(waits.at(-1)).toBeGreaterThan(150_000);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
  });

  test('firstSeen() keeps the first time of each name while it is there', async () => {
    const { store } = bench();
    const see = async (names: string[], plusMs: number) =>
      Object.fromEntries(await store.firstSeen(aTarget(), names, noon(plusMs)));
    await store.firstSeen(aTarget('other'), ['v1'], noon(-HOUR_MS));

    expect(await see(['v1', 'v2'], 0)).toEqual({ v1: noon(), v2: noon() });
    expect(await see(['v2', 'v3', 'v3'], 5)).toEqual({ v2: noon(), v3: noon(5) });
    expect(await see(['v1', 'v3'], 9)).toEqual({ v1: noon(9), v3: noon(5) });
    expect(await see([], 9)).toEqual({});
    expect(await see(['v1'], 10)).toEqual({ v1: noon(10) });
  });

  test('firstSeen() takes a repository of 20,000 tags', async () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `build-${at}`);
    await bench().store.firstSeen(aTarget(), names, noon());

    const seen = await bench().store.firstSeen(aTarget(), names, noon(1));

    expect(seen.size).toBe(20_000);
    expect(seen.get('build-19999')).toEqual(noon());
  });

  test('learned() gives the last thing learned of an account', async () => {
    const { store } = bench();
    await store.learn('swr', 'copies', 'no');
    await store.learn('swr', 'copies', 'yes');
    await store.learn('ims', 'copies', 'never');

    expect(await store.learned('swr', 'copies')).toBe('yes');
    expect(await store.learned('swr', 'pages')).toBeNull();
  });
}
