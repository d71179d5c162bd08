import { describe, expect, inject, test } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { engineBench } from './engine-bench.ts';
import { aPolicy, aSet, inSync, SILENT, unique, until } from './support.ts';

describe('awaitRevision()', () => {
  const bench = engineBench(
    async () =>
      await openBackend(inject('redisUrl'), { log: SILENT, prefix: `{${unique('tags')}}` }),
  );

  test('held passes up for 30 s that were asked for by policies which had changed again meanwhile', async () => {
    const { account, shop, work, world } = bench();
    const engine = await work();
    const target = { account, path: 'shop/web' };
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    world.reconcile = async () => {
      if (world.requests.length === 1) await held;
      return inSync(target);
    };
    const change = async (revision: string) => {
      world.set = aSet(revision, aPolicy(shop));
      await engine.refresh();
    };
    await engine.trigger(target, 'webhook');
    await until('first pass', () => world.requests.length === 1);

    await change('2');
    await engine.trigger(target, 'revision');
    await change('3');
    release();
    await until('second pass', () => world.reports.length === 2, 1_500);

    expect(world.requests[1]).toMatchObject({ reason: 'revision', revision: 'sha256:2' });
  });
});
