import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { SWEEP_QUEUE } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import { engineBench } from './engine-bench.ts';
import { aPolicy, aSet, found, pause, unique, until } from './support.ts';

/** "Look at the policy source again", kept in the queue until a worker did. */
export function refreshConformance(name: string, open: () => Promise<Backend>): void {
  describe(`requestRefresh() on ${name}`, () => {
    const bench = engineBench(open);

    test('is kept until a worker comes, who looks, and sweeps what is new whatever its role', async () => {
      const { account, shop, start, work, world } = bench();
      world.targets = found(account, 'shop/web');
      const scheduler = await start({ roles: new Set(['scheduler']) });
      const looks: (string | null)[] = [];
      await scheduler.requestRefresh({ correlationId: 'c-1', commit: 'abc' });
      await pause(100);

      await work({
        refreshPolicies: async ({ commit }) => {
          looks.push(commit);
          world.set = aSet('2', aPolicy(shop));
          return await Promise.resolve(true);
        },
      });
      await until('a pass by the new policies', () =>
        world.requests.some(({ revision }) => revision === 'sha256:2'),
      );

      expect(looks).toEqual(['abc']);
    });

    test('of 500 that are alike looks at once, and again only after a while, whether they name a commit or not', async () => {
      const { start, world } = bench();
      const looks: string[] = [];
      const engine = await start({
        refreshPolicies: async ({ commit }) => {
          looks.push(commit ?? 'unnamed');
          await pause(20);
          return true;
        },
      });
      const started = performance.now();

      for (let push = 0; push < 250; push += 1) {
        await engine.requestRefresh({ correlationId: `n-${push}`, commit: 'abc' });
        await engine.requestRefresh({ correlationId: `u-${push}` });
      }
      await pause(Math.max(0, 4_000 - (performance.now() - started)));
      const early = looks.toSorted();
      await until('second looks', () => new Set(looks.slice(2)).size === 2, 12_000);
      const later = looks.length;

      expect(early).toEqual(['abc', 'unnamed']);
      expect(later).toBeLessThanOrEqual(5);
      expect(world.reports).toEqual([]);
    }, 20_000);

    test('asks a source that cannot be reached again, and joins the sweeps with the delivery', async () => {
      const { account, shop, start, world } = bench();
      world.targets = found(account, 'shop/web');
      let looks = 0;
      const engine = await start({
        refreshPolicies: async () => {
          looks += 1;
          if (looks === 1) throw new ReconcileError('POLICY_UNREACHABLE', 'the remote is away');
          world.set = aSet('2', aPolicy(shop));
          return await Promise.resolve(true);
        },
      });

      await until('the first pass', () => world.reports.length > 0, 15_000);
      await engine.requestRefresh({ correlationId: 'push-1', commit: unique('sha') });
      await until('a second look', () => looks === 2, 15_000);
      await until(
        'a pass by the new policies',
        () => world.requests.some(({ revision }) => revision === 'sha256:2'),
        15_000,
      );
      const passes = world.requests.filter(({ revision }) => revision === 'sha256:2');

      expect(looks).toBe(2);
      expect(passes[0]).toMatchObject({ correlationId: 'push-1', reason: 'revision' });
    }, 40_000);

    test('of different commits looks for each, none waiting for another', async () => {
      const { start } = bench();
      const looks: (string | null)[] = [];
      const engine = await start({
        refreshPolicies: async ({ commit }) => {
          looks.push(commit);
          return await Promise.resolve(true);
        },
      });

      for (let push = 0; push < 20; push += 1) {
        await engine.requestRefresh({ correlationId: `c-${push}`, commit: unique('sha') });
      }
      await until('all looks', () => looks.length === 20, 10_000);

      expect(new Set(looks).size).toBe(20);
    });

    test('leaves the schedulers alone when the newest policies could not be read', async () => {
      const { backend, start, world } = bench();
      let looked = 0;
      const engine = await start({
        refreshPolicies: async () => {
          looked += 1;
          world.set = aSet('other', aPolicy(unique('other')));
          return await Promise.resolve(false);
        },
      });
      const schedulers = backend.createQueue(SWEEP_QUEUE);
      const before = (await schedulers.getJobSchedulers(0, -1)).map(({ key }) => key);

      await engine.requestRefresh({ correlationId: 'c-1', commit: unique('sha') });
      await until('a look', () => looked === 1);
      await pause(200);
      const after = (await schedulers.getJobSchedulers(0, -1)).map(({ key }) => key);
      await schedulers.close();

      expect(after).toEqual(before);
    });

    test('is not needed for a job that names policies this process has not seen: it asks by itself', async () => {
      const { account, start, world } = bench();
      const unknown: string[] = [];
      const engine = await start({ onUnknownRevision: (revision) => void unknown.push(revision) });
      const target = { account, path: 'shop/web' };
      const here = world.set;
      const other = await start({
        roles: new Set(['api']),
        policies: () => aSet('newer'),
      });

      await other.trigger(target, 'webhook');
      await until('a pass', () => world.reports.length > 0);
      await engine.trigger(target, 'webhook');

      expect(new Set(unknown)).toEqual(new Set(['sha256:newer']));
      expect(world.set).toBe(here);
    });
  });
}
