import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Backend } from '../../src/queue/port.ts';
import { engineBench } from './engine-bench.ts';
import { inSync, pause, unknown, until } from './support.ts';

const COOL_MS = 700;
/** On PostgreSQL a claim under way while the account is cooled down may still take what is put back at that moment. */
const CLAIM_MS = 90;

/** How workers step back from a cloud that wants to be left alone. */
export function coolingConformance(name: string, open: () => Promise<Backend>): void {
  describe(`a cloud that refuses, on ${name}`, () => {
    const bench = engineBench(open);

    test('is left alone by all workers of the account, at no cost of attempts', async () => {
      const { account, work, world } = bench();
      const starts: { readonly path: string; readonly at: number; readonly attempt: number }[] = [];
      let throttledAt = 0;
      world.reconcile = async ({ target, attempt }) => {
        starts.push({ path: target.path, at: performance.now(), attempt });
        if (throttledAt > 0) return inSync(target);
        throttledAt = performance.now();
        return unknown(target, { code: 'PROVIDER_THROTTLED', retryAfterMs: COOL_MS });
      };
      const engine = await work();
      await work();
      await engine.trigger({ account, path: 'shop/0' }, 'webhook');
      await until('429', () => throttledAt > 0);
      await pause(100);

      for (let at = 1; at <= 5; at += 1) {
        await engine.trigger({ account, path: `shop/${at}` }, 'manual');
      }
      await until('all reports', () => world.reports.length === 7);

      const later = starts.slice(1).filter(({ at }) => at - throttledAt > CLAIM_MS);
      expect(starts).toHaveLength(7);
      expect(later.filter(({ path }) => path !== 'shop/0')).toHaveLength(5);
      expect(Math.min(...later.map(({ at }) => at)) - throttledAt).toBeGreaterThan(COOL_MS - 20);
      expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    });

    test('holds up no other account', async () => {
      const { account, work, world } = bench();
      const other = `${account}-other`;
      const accounts = [account, other].map((one) => ({ name: one, concurrency: 1 }));
      const engine = await work({ accounts });
      world.reconcile = async ({ target }) =>
        target.account === account
          ? unknown(target, { code: 'PROVIDER_THROTTLED', retryAfterMs: 60_000 })
          : inSync(target);
      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('429', () => world.reports.length === 1);

      await engine.trigger({ account: other, path: 'shop/web' }, 'webhook');
      await until('other account', () => world.reports.length === 2, 1_000);

      expect(world.reports[1]?.target.account).toBe(other);
    });

    test('gets the time it asked for before one target is tried again', async () => {
      const { account, work, world } = bench();
      const at: number[] = [];
      const engine = await work();
      world.reconcile = async ({ target, attempt }) => {
        at.push(performance.now());
        return attempt === 1 ? unknown(target, { retryAfterMs: COOL_MS }) : inSync(target);
      };

      await engine.trigger({ account, path: 'shop/web' }, 'webhook');
      await until('retry', () => world.reports.length === 2);

      const [first = 0, second = 0] = at;
      expect(second - first).toBeGreaterThanOrEqual(COOL_MS - 5);
      expect(world.requests.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    test.each(['PROVIDER_FORBIDDEN', 'PROVIDER_REJECTED', 'INTERNAL'] as const)(
      'is asked once when the answer is %s',
      async (code) => {
        const { account, counts, work, world } = bench();
        const engine = await work();
        world.reconcile = async () => {
          throw new ReconcileError(code, 'Cannot list: refused');
        };

        await engine.trigger({ account, path: 'shop/web' }, 'webhook');
        await until('end', async () => (await counts(engine))?.failed === 1);

        expect(world.requests).toHaveLength(1);
      },
    );
  });
}
