import { describe, expect, inject, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { engineBench } from './engine-bench.ts';
import { aPolicy, aSet, found, inSync, pause, SILENT, unique, until } from './support.ts';

const TARGETS = 2_000;
const CONCURRENCY = 5;
const PASS_MS = 5;

describe('createSweepProcessor()', () => {
  const bench = engineBench(
    async () =>
      await openBackend(inject('redisUrl'), { log: SILENT, prefix: `{${unique('tags')}}` }),
  );

  test('of three replicas never starts more passes at once than the account allows, whatever a push touches', async () => {
    const { account, shop, start, world } = bench();
    world.targets = [];
    const accounts = [{ name: account, concurrency: CONCURRENCY }];
    const replicas = await Promise.all([1, 2, 3].map(async () => await start({ accounts })));
    await until('first sweep', () => world.sweeps.length === 1);
    let inHand = 0;
    let most = 0;
    world.reconcile = async ({ target }) => {
      inHand += 1;
      most = Math.max(most, inHand);
      await pause(PASS_MS);
      inHand -= 1;
      return inSync(target);
    };
    world.targets = found(account, ...Array.from({ length: TARGETS }, (_, at) => `shop/${at}`));

    const pushedMs = performance.now();
    world.set = aSet('2', aPolicy(shop));
    await Promise.all(replicas.map(async (engine) => await engine.refresh()));
    await until('all passes', () => world.reports.length === TARGETS, 60_000);
    const tookMs = performance.now() - pushedMs;
    await pause(300);

    expect(world.sweeps).toHaveLength(2);
    expect(world.requests).toHaveLength(TARGETS);
    expect(most).toBeLessThanOrEqual(3 * CONCURRENCY);
    expect(tookMs).toBeGreaterThan((TARGETS / (3 * CONCURRENCY)) * PASS_MS);
  }, 90_000);

  test('makes two sweeps at most of 500 pushes that say the same', async () => {
    const { account, shop, start, world } = bench();
    world.targets = found(account, 'shop/web');
    const gate = Promise.withResolvers<void>();
    let pushed = false;
    const engine = await start({
      async *discover() {
        if (pushed) await gate.promise;
        yield* world.targets;
      },
    });
    await until('first sweep', () => world.sweeps.length === 1);
    pushed = true;

    // Not all at once: on a busy machine the last would wait longer than an add may take.
    for (let sent = 0; sent < 500; sent += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async () => await engine.sweep(shop, 'webhook')),
      );
    }
    gate.resolve();
    await until('no sweep is left', async () => {
      const [sweeps] = await engine.counts();
      return sweeps?.active === 0 && sweeps.waiting + sweeps.prioritized === 0;
    });

    expect(world.sweeps.length - 1).toBeLessThanOrEqual(2);
    expect(world.sweeps.length - 1).toBeGreaterThan(0);
  });

  test('adds one sweep at most when three replicas restart at once', async () => {
    const { account, start, world } = bench();
    world.targets = found(account, 'shop/web');
    const first = await Promise.all([1, 2, 3].map(async () => await start()));
    await until('first sweep', () => world.sweeps.length === 1);
    await pause(300);
    const before = world.sweeps.length;
    await Promise.all(first.map(async (engine) => await engine.stop({ graceMs: 0 })));

    await Promise.all([1, 2, 3].map(async () => await start()));
    await pause(1_000);

    expect(before).toBe(1);
    expect(world.sweeps.length - before).toBeLessThanOrEqual(1);
  });

  test('asks for one sweep of a push that replicas read some time apart', async () => {
    const { account, shop, start, world } = bench();
    world.targets = found(account, 'shop/web');
    const late = { set: world.set };
    const settings = { ...world.options.settings, resyncSchedulersMs: 100 };
    const [quick] = await Promise.all([
      start({ settings }),
      start({ settings, roles: new Set(['scheduler']), policies: () => late.set }),
    ]);
    await until('first sweep', () => world.sweeps.length === 1);

    world.set = aSet('2', aPolicy(shop));
    await quick.refresh();
    await pause(800);
    late.set = world.set;
    await pause(800);

    const [sweeps] = await quick.counts();
    // The next tick of the schedule; one that asks for the old policies would wait for somebody to have them.
    expect(sweeps).toMatchObject({ waiting: 0, prioritized: 0, active: 0, delayed: 1 });
    expect(world.sweeps).toHaveLength(2);
    expect(world.requests.map(({ revision }) => revision)).toEqual(['sha256:1', 'sha256:2']);
  });
});
