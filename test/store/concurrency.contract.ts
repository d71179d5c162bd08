import { expect, test } from 'vitest';
import { aRecord, aStart, aTarget, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

export function concurrencyContract(bench: () => StoreBench): void {
  test('takeDeletes() never exceeds the budget when ten take at once', async () => {
    const another = await bench().another();
    const limits = { maxPerHour: 100, maxPercent: 100 };

    const rounds: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await bench().clear();
      const taken = await Promise.all(
        Array.from({ length: 10 }, async (_, at) => {
          const store = at % 2 === 0 ? bench().store : another;
          return (await store.takeDeletes(30, limits)) ? 30 : 0;
        }),
      );
      rounds.push(taken.reduce((sum: number, count) => sum + count, 0));
    }

    expect(rounds).toEqual(Array.from({ length: 10 }, () => 90));
  });

  test('reserve() keeps three processes together within the rate in every second', async () => {
    const stores = [bench().store, await bench().another(), await bench().another()];
    const request = { requestsPerSecond: 200, burst: 1 };
    const slots: number[] = [];
    const start = performance.now();

    await Promise.all(
      stores.map(async (store, at) => {
        for (let round = 0; round < 30; round += 1) {
          const count = 1 + ((round + at) % 10);
          const asked = performance.now();
          const grant = await store.reserve('swr', { ...request, count });
          // The clock of the store stood somewhere between the question and the answer.
          const first = (asked + performance.now()) / 2 + grant.waitMs - start;
          for (let slot = 0; slot < count; slot += 1) slots.push(first + slot * grant.spacingMs);
        }
      }),
    );

    const sorted = slots.toSorted((one, other) => one - other);
    const fullest = sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1_000));
    expect(Math.max(...fullest.map(({ length }) => length))).toBeLessThanOrEqual(220);
    const seconds = ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1_000;
    expect(slots.length / seconds).toBeGreaterThan(190);
  });

  test('takeOverdue() gives each target to one of many callers', async () => {
    const another = await bench().another();
    const paths = Array.from({ length: 60 }, (_, at) => `t${at}`);
    for (const path of paths) {
      await bench().store.finish(aRecord({ target: aTarget(path) }), noon());
    }

    const taken = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const store = at % 2 === 0 ? bench().store : another;
        return await store.takeOverdue({ now: noon(1), limit: 10, againMs: 1_000 });
      }),
    );

    const told = taken.flat().map(({ path }) => path);
    expect(told).toHaveLength(new Set(told).size);
    const rest = await another.takeOverdue({ now: noon(1), limit: 100, againMs: 1_000 });
    expect([...told, ...rest.map(({ path }) => path)].toSorted()).toEqual(paths.toSorted());
  });

  test('begin() counts a crash that many tell at once only once', async () => {
    const another = await bench().another();
    await another.begin(aTarget(), aStart(null, 'gone'), noon());

    await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const store = at % 2 === 0 ? bench().store : another;
        return await store.begin(aTarget(), aStart('crash', `p${at}`), noon());
      }),
    );

    expect(await another.begin(aTarget(), aStart(), noon())).toMatchObject({
      crashes: 1,
      deaths: 1,
    });
  });

  test('begin() counts one death when all targets of a process are taken over at once', async () => {
    const another = await bench().another();
    const targets = Array.from({ length: 20 }, (_, at) => aTarget(`t${at}`));
    for (const target of targets) await another.begin(target, aStart(null, 'gone'), noon());

    await Promise.all(
      targets.map(async (target, at) => {
        const store = at % 2 === 0 ? bench().store : another;
        return await store.begin(target, aStart(`crash ${at}`), noon(at));
      }),
    );

    const facts = await Promise.all(
      targets.map(async (target) => await another.begin(target, aStart(), noon(99))),
    );
    expect(facts).toEqual(targets.map(() => ({ ...facts[0], crashes: 1, deaths: 1 })));
  });

  test('firstSeen() agrees when two look at once', async () => {
    const another = await bench().another();
    const names = Array.from({ length: 50 }, (_, at) => `v${at}`);

    await Promise.all([
      bench().store.firstSeen(aTarget(), names, noon()),
      another.firstSeen(aTarget(), names, noon()),
    ]);

    const seen = await another.firstSeen(aTarget(), names, noon(5));
    expect([...seen.values()]).toEqual(names.map(() => noon()));
  });
}
