import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { SWEEP_QUEUE, tickPayload } from '../../src/queue/jobs.ts';
import type { Backend } from '../../src/queue/port.ts';
import { engineBench } from './engine-bench.ts';
import { aPolicy, aSet, found, pause, unique, until } from './support.ts';

/** Schedules, sweeps and triggers end to end on one backend, with hooks that are plain data. */
export function engineConformance(name: string, open: () => Promise<Backend>): void {
  describe(`createEngine() on ${name}`, () => {
    const bench = engineBench(open);

    test('sweeps a policy that was never swept right after the start', async () => {
      const { account, paths, shop, start, world } = bench();
      world.targets = found(account, 'shop/web', 'shop/api');

      await start();
      await until('two reports', () => world.reports.length === 2);
      await until('the end of the sweep', () => world.sweeps.length === 1);

      expect(paths()).toEqual(['shop/api', 'shop/web']);
      expect(world.requests[0]).toEqual({
        target: { account, path: expect.any(String) },
        reason: 'revision',
        correlationId: world.sweeps[0]?.correlationId,
        revision: 'sha256:1',
        attributes: { name: world.requests[0]?.target.path },
        observedAt: expect.any(Date),
        askedAt: expect.any(Date),
        attempt: 1,
        crash: null,
        wasPutOff: false,
      });
      expect(world.sweeps).toEqual([
        { policy: shop, targets: 2, visits: 2, correlationId: expect.any(String), error: null },
      ]);
    });

    test('hands on more targets than one chunk holds', async () => {
      const { account, backend, paths, start, world } = bench();
      const many = Array.from({ length: backend.bulkSize + 1 }, (_, at) => `shop/${at}`);
      world.targets = found(account, ...many);

      await start({ accounts: [{ name: account, concurrency: 50 }] });
      await until('all reports', () => world.reports.length === many.length, 14_000);
      await until('the end of the sweep', () => world.sweeps.length === 1);

      expect(new Set(paths()).size).toBe(many.length);
      expect(world.sweeps[0]?.targets).toBe(many.length);
    });

    test('sweeps again after a restart only when the revision changed', async () => {
      const { account, shop, start, world } = bench();
      world.targets = found(account, 'shop/web');
      const first = await start();
      await until('first pass', () => world.reports.length === 1);
      await first.stop({ graceMs: 1_000 });

      const second = await start();
      await pause(400);
      const sweepsAfterRestart = world.sweeps.length;
      world.set = aSet('2', aPolicy(shop));
      await second.refresh();
      await until('second pass', () => world.reports.length === 2);

      expect(sweepsAfterRestart).toBe(1);
      expect(world.requests[1]?.revision).toBe('sha256:2');
    });

    test('keeps the first sweep of a new policy for a worker that has yet to read it', async () => {
      const { account, shop, start, work, world } = bench();
      world.targets = found(account, 'shop/web');
      const added = unique('added');
      const onScheduler = aSet('2', aPolicy(shop), aPolicy(added));
      await work();

      await start({ roles: new Set(['scheduler']), policies: () => onScheduler });
      await pause(500);
      const sweptEarly = world.sweeps.length;
      world.set = onScheduler;
      await until('both sweeps', () => world.sweeps.length === 2);

      expect(sweptEarly).toBe(0);
      expect(world.sweeps.map(({ policy }) => policy).toSorted()).toEqual([added, shop].toSorted());
    });

    test('sweeps a policy over and over at its interval', async () => {
      const { account, shop, start, world } = bench();
      world.targets = found(account, 'shop/web');
      const schedule = { type: 'interval', intervalMs: 400 } as const;
      world.set = aSet('1', aPolicy(shop, { schedule }));

      await start();
      await until('four sweeps', () => world.sweeps.length >= 4);

      expect(world.requests.at(-1)?.reason).toBe('schedule');
    });

    test.each([
      { drawn: 0, sweeps: 1 },
      { drawn: 1, sweeps: 0 },
    ])(
      'holds a scheduled sweep back by up to a tenth of its interval: drawn $drawn',
      async (row) => {
        const { backend, shop, work, world } = bench();
        await work({ random: () => row.drawn });
        const queue = backend.createQueue(SWEEP_QUEUE);

        await queue.add('tick', tickPayload(shop, 'schedule', 'sha256:1'));
        await pause(400);
        await queue.close();

        expect(world.sweeps).toHaveLength(row.sweeps);
      },
    );

    test('does not sweep a suspended policy', async () => {
      const { account, shop, start, world } = bench();
      world.targets = found(account, 'shop/web');
      world.set = aSet('1', aPolicy(shop, { suspend: true }));

      const engine = await start();
      await engine.sweep(shop, 'manual');
      await pause(400);

      expect(world.sweeps).toEqual([]);
    });

    test('trigger() and sweep() reach a worker, and refuse what is not configured', async () => {
      const { account, shop, start, world } = bench();
      const engine = await start({ roles: new Set(['worker', 'api']) });
      world.targets = found(account, 'shop/web');

      await engine.trigger({ account, path: 'a/b' }, 'webhook');
      await until('triggered pass', () => world.reports.length === 1);
      await engine.sweep(shop, 'manual');
      await until('swept pass', () => world.reports.length === 2);

      expect(world.requests[0]).toMatchObject({ reason: 'webhook', attributes: null });
      expect(world.requests[1]).toMatchObject({ reason: 'manual' });
      await expect(engine.trigger({ account: 'nope', path: 'a' }, 'manual')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: `Cannot use account "nope": it is not configured, expected one of ${account}`,
      });
      await expect(engine.sweep('nope', 'manual')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
    });

    test('tells of a discovery that failed, and repeats it', async () => {
      const { account, shop, work, world } = bench();
      let tries = 0;
      const engine = await work({
        async *discover() {
          yield* found(account, 'shop/web');
          tries += 1;
          if (tries === 1) throw new ReconcileError('LISTING_INCOMPLETE', 'Cannot list: page 2');
        },
      });

      await engine.sweep(shop, 'manual');
      await until('second sweep', () => world.sweeps.length === 2);

      expect(world.sweeps.map(({ error }) => error)).toEqual(['Cannot list: page 2', null]);
    });

    test('gives up a sweep that finds targets of an account that is not configured', async () => {
      const { shop, work, world } = bench();
      const engine = await work();
      world.targets = found('elsewhere', 'shop/web');

      await engine.sweep(shop, 'manual');
      await until('sweep', () => world.sweeps.length === 1);
      await pause(200);

      expect(world.sweeps).toEqual([
        expect.objectContaining({
          targets: 0,
          error: `Cannot sweep policy "${shop}": account "elsewhere" is not configured, expected an account of the configuration`,
        }),
      ]);
    });
  });
}
