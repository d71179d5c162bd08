import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/queue/port.ts';
import { engineBench } from './engine-bench.ts';
import { aPolicy, aSet, found, inSync, until } from './support.ts';

const BIG = 1_000;
const SMALL = 50;
const MANY_MS = 60_000;

/** How sweeps of one account share its worker. */
export function fairShareConformance(name: string, open: () => Promise<Backend>): void {
  describe(`sweeps of one account on ${name}`, () => {
    const bench = engineBench(open);

    test('take turns: a small one that comes after a big one is done after about twice its own passes', {
      timeout: 120_000,
    }, async () => {
      const { account, shop, work, world } = bench();
      const small = `${shop}-small`;
      world.set = { ...aSet('1', aPolicy(shop)), policies: [aPolicy(shop), aPolicy(small)] };
      const begin = Promise.withResolvers<void>();
      world.reconcile = async ({ target }) => {
        await begin.promise;
        return inSync(target);
      };
      const engine = await work({
        accounts: [{ name: account, concurrency: 1 }],
        async *discover(policy) {
          const count = policy.name === small ? SMALL : BIG;
          const paths = Array.from({ length: count }, (_, at) => `${policy.name}/${at}`);
          yield* found(account, ...paths);
        },
      });

      await engine.sweep(shop, 'schedule');
      await until('the big sweep', () => world.sweeps.length === 1, MANY_MS);
      await engine.sweep(small, 'schedule');
      await until('the small sweep', () => world.sweeps.length === 2, MANY_MS);
      await engine.trigger({ account, path: 'pushed' }, 'webhook');
      begin.resolve();
      const isSmall = ({ path }: { path: string }): boolean => path.startsWith(`${small}/`);
      const swept = () => world.requests.filter(({ target }) => isSmall(target)).length;
      await until('all of the small one', () => swept() === SMALL, MANY_MS);

      const last = world.requests.findLastIndex(({ target }) => isSmall(target)) + 1;
      // The push, the one in hand, and fewer than twice as many of the big one.
      expect(last).toBeLessThanOrEqual(2 + SMALL + 2 * SMALL);
      expect(last).toBeGreaterThan(SMALL + SMALL / 2);
      expect(world.requests[1]?.target.path).toBe('pushed');
    });
  });
}
