import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/model/target.ts';
import type { PassFacts, Store } from '../../src/store/store.ts';
import { aRecord, aStart, aTarget, HOUR_MS, NO_FACTS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const ALL = { status: null, account: null, after: null, limit: 1_000 } as const;

async function keep(store: Store, path: string, baseline: number, plusMs = 0): Promise<void> {
  await store.finish(aRecord({ target: aTarget(path), baseline, passedAt: noon(plusMs) }), null);
}

/** Passes that begin, or end, at the same time share round trips to the store, and nothing else. */
export function togetherContract(bench: () => StoreBench): void {
  const paths = Array.from({ length: 500 }, (_, at) => `p${at}`);
  const begin = async (path: string, crash: string | null = null): Promise<PassFacts> =>
    await bench().store.begin(aTarget(path), aStart(crash), noon(9));

  test('begin() of many at once gives each the facts of its own target', async () => {
    const { store } = bench();
    await keep(store, 'newer', 9);
    await bench().setVersion(2);
    await Promise.all([keep(store, 'one', 1), keep(store, 'two', 2)]);
    await store.quarantine(aTarget('held'), noon(HOUR_MS));
    await store.begin(aTarget('crashed'), aStart(null, 'gone'), noon());
    await store.begin(aTarget('crashed'), aStart('before', 'gone-too'), noon(1));

    const facts = await Promise.all([
      begin('one'),
      begin('crashed', 'just now'),
      begin('newer'),
      begin('held'),
      begin('two'),
      begin('new'),
      begin('one', 'not known whose'),
    ]);

    expect(facts).toEqual([
      { ...NO_FACTS, baseline: 1 },
      { ...NO_FACTS, crashes: 2, crashesInRow: 2, deaths: 2 },
      { ...NO_FACTS, isOfNewerRelease: true },
      { ...NO_FACTS, quarantinedUntil: noon(HOUR_MS) },
      { ...NO_FACTS, baseline: 2 },
      NO_FACTS,
      { ...NO_FACTS, baseline: 1 },
    ]);
  });

  test('begin() of many at once puts each target into the hands of its own process', async () => {
    const { store } = bench();
    const [first, second] = [aTarget('first'), aTarget('second')];
    await Promise.all([
      store.begin(first, aStart(null, 'a'), noon()),
      store.begin(second, aStart(null, 'b'), noon(1)),
    ]);

    const facts = await Promise.all([
      store.begin(first, aStart('crash', 'b'), noon(2)),
      store.begin(second, aStart('crash', 'b'), noon(2)),
    ]);

    // The process that asks has not died.
    expect(facts.map(({ crashes }) => crashes)).toEqual([1, 0]);
  });

  test('begin() tells of a crash that was told before, in a pass that begins calmly with others', async () => {
    const { store } = bench();
    await store.begin(aTarget('crashed'), aStart(null, 'gone'), noon());
    await store.begin(aTarget('crashed'), aStart('a crash'), noon(1));
    await keep(store, 'crashed', 5);

    const facts = await Promise.all(
      ['calm', 'crashed', 'calm too'].map(async (path) => await begin(path)),
    );

    const held = { baseline: 5, crashes: 1, crashesInRow: 1, deaths: 1 };
    expect(facts).toEqual([NO_FACTS, { ...NO_FACTS, ...held }, NO_FACTS]);
  });

  test('begin() and finish() take 500 targets at once', async () => {
    const { store } = bench();

    await Promise.all(paths.map(async (path, at) => await keep(store, path, at)));
    const facts = await Promise.all(paths.map(async (path) => await begin(path)));

    expect(facts.map(({ baseline }) => baseline)).toEqual(paths.map((_, at) => at));
    expect((await store.targets(ALL)).items).toHaveLength(500);
  });

  test('begin() and finish() of 200 targets at once are one call each', async () => {
    const { store } = bench();
    const some = paths.slice(0, 200);
    // Redis knows the scripts from here on.
    await keep(store, 'any', 1);
    await begin('any');
    const before = await bench().calls();

    await Promise.all(some.map(async (path) => await begin(path)));
    const begun = await bench().calls();
    await Promise.all(some.map(async (path) => await keep(store, path, 1)));

    expect([begun - before, (await bench().calls()) - begun]).toEqual([1, 1]);
  });

  test('begin() of a target sees what was finished before it, whatever else begins and ends meanwhile', async () => {
    const { store } = bench();

    const seen = await Promise.all(
      paths.slice(0, 60).map(async (path, at) => {
        const baselines: (number | null)[] = [];
        for (let round = 1; round <= 3; round += 1) {
          await keep(store, path, at * round, round);
          baselines.push((await begin(path)).baseline);
        }
        return baselines;
      }),
    );

    expect(seen).toEqual(paths.slice(0, 60).map((_, at) => [at, at * 2, at * 3]));
  });

  test('finish() of one target twice at once leaves what one after the other leaves', async () => {
    const { store } = bench();
    const later = aRecord({ status: 'drifted', passedAt: noon(1), since: noon(1) });

    await Promise.all([
      store.finish(aRecord({ runId: 'run-1', baseline: 4 }), noon(5)),
      keep(store, 'another', 1),
      store.finish(later, noon(2)),
    ]);

    expect(await store.target(aTarget())).toEqual({ ...later, runId: 'run-1', baseline: 4 });
    const overdue = await store.takeOverdue({ now: noon(3), limit: 9, againMs: 1 });
    expect(overdue).toEqual([aTarget()]);
  });

  test('finish() keeps standings, due times and runs of a batch apart', async () => {
    const { store } = bench();
    const at = noon();
    await store.finish(aRecord({ target: aTarget('as before') }), null, {
      state: 'error',
      policies: ['base'],
      at,
    });

    await Promise.all([
      store.finish(aRecord({ target: aTarget('a'), runId: 'run-a' }), null, {
        state: 'drifted',
        policies: ['shop', 'base'],
        at: noon(1),
      }),
      store.finish(aRecord({ target: aTarget('as before'), passedAt: noon(1) }), noon(2)),
      store.finish(aRecord({ target: aTarget('c') }), noon(9), {
        state: 'in_sync',
        policies: [],
        at,
      }),
    ]);

    const { states, oldestUnsynced } = await store.standings(['shop', 'base']);
    expect(Object.fromEntries([...states].filter(([, count]) => count > 0))).toEqual({
      drifted: 1,
      error: 1,
      in_sync: 1,
    });
    expect(Object.fromEntries(oldestUnsynced)).toEqual({ shop: noon(1), base: at });
    expect(await store.target(aTarget('a'))).toMatchObject({ runId: 'run-a' });
    const overdue = await store.takeOverdue({ now: noon(3), limit: 9, againMs: 1 });
    expect(overdue).toEqual([aTarget('as before')]);
  });

  test('finish() counts although the clock of whoever passed the target before was ahead', async () => {
    const { store } = bench();
    await keep(store, 'a', 1, HOUR_MS);

    await Promise.all([keep(store, 'a', 2), keep(store, 'b', 3)]);

    expect(await store.target(aTarget('a'))).toMatchObject({ baseline: 2, passedAt: noon() });
  });

  test('begin() and finish() of a target whose record is damaged work, alone and beside others', async () => {
    const { store } = bench();
    const standing = { state: 'drifted', policies: ['shop'], at: noon() } as const;
    const keepAll = async (baseline: number, ...all: string[]): Promise<void> => {
      const one = async (path: string): Promise<void> =>
        await store.finish(aRecord({ target: aTarget(path), baseline }), null, standing);
      await Promise.all(all.map(one));
    };
    const find = async () => (await store.targets(ALL)).items.map(({ baseline }) => baseline);
    await keepAll(7, 'bad', 'good');
    await bench().damage(aTarget('bad'));

    const facts = await Promise.all([begin('good'), begin('bad')]);
    await keepAll(8, 'bad');
    const alone = await find();
    await bench().damage(aTarget('bad'));
    await keepAll(9, 'bad', 'good');

    expect(facts[0]).toEqual({ ...NO_FACTS, baseline: 7 });
    expect(facts[1]).toMatchObject({ isOfNewerRelease: false, crashes: 0 });
    expect([alone, await find()]).toEqual([
      [8, 7],
      [9, 9],
    ]);
  });

  describe('with a target that the store refuses', () => {
    const outcomes = async (call: (target: Target) => Promise<unknown>): Promise<string[]> => {
      const refused = await bench().refused();
      const targets = [aTarget('a'), refused, aTarget('b')];
      const settled = await Promise.allSettled(targets.map(call));
      return settled.map((one) => (one.status === 'fulfilled' ? 'kept' : String(one.reason)));
    };

    test('begin() fails for that target alone, and names it', async () => {
      const { store } = bench();

      const told = await outcomes(async (target) => await store.begin(target, aStart(), noon()));

      expect(told).toEqual([
        'kept',
        expect.stringMatching(/Cannot begin a pass over "swr\/refused/),
        'kept',
      ]);
    });

    test('finish() is kept for the others', async () => {
      const { store } = bench();

      const told = await outcomes(async (target) => await store.finish(aRecord({ target }), null));

      expect([told[0], told[2]]).toEqual(['kept', 'kept']);
      expect(await store.target(aTarget('b'))).toEqual(aRecord({ target: aTarget('b') }));
    });
  });

  test('begin() and finish() each hear of a store that does not answer, and share the first call that it answers again', async () => {
    const { store } = bench();
    await keep(store, 'a', 1);
    await bench().freeze();
    const start = performance.now();

    const settled = await Promise.allSettled([
      ...paths.slice(0, 20).map(async (path) => await begin(path)),
      ...paths.slice(0, 20).map(async (path) => await keep(store, path, 1)),
    ]);
    const elapsedMs = performance.now() - start;
    await bench().thaw();
    await Promise.all([keep(store, 'a', 2), keep(store, 'b', 3)]);

    const [a, b] = await Promise.all([begin('a'), begin('b')]);
    expect(elapsedMs).toBeLessThan(8_000);
    for (const [at, one] of settled.entries()) {
      const verb = at < 20 ? 'begin a' : 'keep the';
      const message = `Cannot ${verb} pass over "swr/p${at % 20}": no answer within 2 s, expected a store that answers`;
      expect(one).toMatchObject({ reason: { code: 'QUEUE_UNAVAILABLE', message } });
    }
    expect([a?.baseline, b?.baseline]).toEqual([2, 3]);
  });
}
