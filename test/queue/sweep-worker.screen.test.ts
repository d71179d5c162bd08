import { describe, expect, inject, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Discovered } from '../../src/model/target.ts';
import { openBackend } from '../../src/queue/backend.ts';
import type { Sweep, SweepRequest } from '../../src/queue/engine.ts';
import { engineBench } from './engine-bench.ts';
import { found, pause, SILENT, unique, until } from './support.ts';

describe('createSweepProcessor() with a screen', () => {
  const bench = engineBench(
    async () =>
      await openBackend(inject('redisUrl'), { log: SILENT, prefix: `{${unique('tags')}}` }),
  );

  /** A sweep over the targets of which `isGood` need no pass, and what it was asked. */
  const aSweep = (
    targets: readonly Discovered[],
    isGood: (path: string) => boolean,
    overrides: Partial<Sweep> = {},
  ) => {
    const said: string[] = [];
    const requests: SweepRequest[] = [];
    const openSweep = async (request: SweepRequest): Promise<Sweep> => {
      requests.push(request);
      return {
        async *discover() {
          yield targets;
        },
        screen: async (chunk) => {
          said.push(`screen ${chunk.length}`);
          return chunk.filter(({ target }) => !isGood(target.path));
        },
        completed: async () => void said.push('completed'),
        ...overrides,
      };
    };
    return { said, requests, openSweep };
  };

  test('asks for a pass over what the screen leaves, chunk by chunk, and says when it is done', async () => {
    const { account, shop, start, world, paths } = bench();
    const all = Array.from({ length: 2_300 }, (_, at) => `shop/${at}`);
    const { said, requests, openSweep } = aSweep(
      found(account, ...all),
      (path) => !path.endsWith('77'),
    );

    await start({ openSweep });
    await until('the sweep', () => world.sweeps.length === 1);
    await until('all passes', () => world.requests.length === 23);
    await pause(200);

    expect(requests[0]).toMatchObject({ policy: { name: shop }, reason: 'revision' });
    expect(said).toEqual(['screen 1000', 'screen 1000', 'screen 300', 'completed']);
    expect(paths()).toEqual(all.filter((path) => path.endsWith('77')).toSorted());
    expect(world.sweeps[0]).toMatchObject({ targets: 2_300, visits: 23, error: null });
    expect(requests[0]?.correlationId).toBe(world.requests[0]?.correlationId);
  });

  test('begins with passes while the rest of a chunk is still being added', async () => {
    const { account, start, world, counts } = bench();
    // Facts that take a while to add.
    const attributes = { note: 'x'.repeat(3_000) };
    const paths = Array.from({ length: 1_000 }, (_, at) => `shop/${at}`);
    const all = found(account, ...paths).map((one) => ({ ...one, attributes }));
    const atFirst = Promise.withResolvers<number>();
    const { reconcile } = world;
    world.reconcile = async (request, options) => {
      const known = await counts(await engine);
      atFirst.resolve((known?.prioritized ?? 0) + (known?.active ?? 0));
      return await reconcile(request, options);
    };

    const engine = start(aSweep(all, () => false));

    expect(await atFirst.promise).toBeLessThan(900);
    await until('all passes', () => world.requests.length === 1_000);
  });

  test('makes whole chunks of pages of any size', async () => {
    const { account, start, world, paths } = bench();
    const sizes = [0, 400, 1_700, 1, 0, 900];
    const pages = sizes.map((size, page) =>
      found(account, ...Array.from({ length: size }, (_, at) => `p${page}/${at}`)),
    );
    const { said, openSweep } = aSweep([], (path) => !path.endsWith('/0'), {
      async *discover() {
        yield* pages;
      },
    });

    await start({ openSweep });
    await until('the sweep', () => world.sweeps.length === 1);
    await until('all passes', () => world.requests.length === 4);

    expect(said).toEqual(['screen 1000', 'screen 1000', 'screen 1000', 'screen 1', 'completed']);
    expect(paths()).toEqual(['p1/0', 'p2/0', 'p3/0', 'p5/0']);
    expect(world.sweeps[0]).toMatchObject({ targets: 3_001, visits: 4 });
  });

  test('carries on what discovery saw of a target, but for its tags', async () => {
    const { account, start, world } = bench();
    const seen = { isPartial: true, fingerprint: '3 x', tags: [] } as const;
    const [plain, told] = found(account, 'shop/a', 'shop/b');
    if (plain === undefined || told === undefined) throw new Error('two were asked for');

    await start(aSweep([plain, { ...told, ...seen }], () => false));
    await until('all passes', () => world.requests.length === 2);

    const [one, other] = world.requests.toSorted((a, b) =>
      a.target.path < b.target.path ? -1 : 1,
    );
    expect(one?.isPartial).toBeUndefined();
    expect(one?.fingerprint).toBeUndefined();
    expect(other).toMatchObject({
      isPartial: true,
      fingerprint: '3 x',
      attributes: { name: 'shop/b' },
    });
    expect(other).not.toHaveProperty('tags');
  });

  test.each([
    { what: 'cannot be opened', part: 'openSweep', met: 0 },
    { what: 'cannot screen', part: 'screen', met: 0 },
    { what: 'cannot be completed', part: 'completed', met: 1 },
  ] as const)('tells of a sweep that $what', async ({ part, met }) => {
    const { account, start, world } = bench();
    const fail = async () => await Promise.reject(new Error('no store'));
    const { said, openSweep } = aSweep(found(account, 'shop/a'), () => false, { [part]: fail });

    await start({ openSweep: part === 'openSweep' ? fail : openSweep });
    await until('the sweep', () => world.sweeps.length > 0);

    expect(world.sweeps[0]).toMatchObject({ error: 'no store', targets: met, visits: met });
    expect(said).not.toContain('completed');
  });

  test('looks at three chunks at once, and at no fourth', async () => {
    const { account, start, world } = bench();
    const all = found(account, ...Array.from({ length: 5_000 }, (_, at) => `shop/${at}`));
    const third = Promise.withResolvers<void>();
    let most = 0;
    let underWay = 0;
    const { openSweep } = aSweep(all, () => true, {
      async screen() {
        underWay += 1;
        most = Math.max(most, underWay);
        if (underWay === 3) third.resolve();
        // The first ends only when there are two beside it.
        await third.promise;
        await pause(50);
        underWay -= 1;
        return [];
      },
    });

    await start({ openSweep });
    await until('the sweep', () => world.sweeps.length > 0);

    expect(world.sweeps[0]).toMatchObject({ targets: 5_000, error: null });
    expect(most).toBe(3);
  });

  test('tells of a store that failed rather than of an account that cannot be listed', async () => {
    const { account, start, world } = bench();
    const { openSweep } = aSweep([], () => true, {
      async *discover() {
        yield found(account, 'shop/a');
        throw new ReconcileError('PROVIDER_FORBIDDEN', 'no permission');
      },
      async screen() {
        await pause(50);
        throw new ReconcileError('QUEUE_UNAVAILABLE', 'no store');
      },
    });

    await start({ openSweep });
    await until('the sweep', () => world.sweeps.length > 0);

    expect(world.sweeps[0]).toMatchObject({ error: 'no store' });
  });

  test('does not complete a sweep whose discovery broke off, and hands on all that it met before', async () => {
    const { account, start, world } = bench();
    const all = found(account, ...Array.from({ length: 1_500 }, (_, at) => `shop/${at}`));
    const { said, openSweep } = aSweep(all, (path) => path !== 'shop/7', {
      async *discover() {
        yield all;
        throw new Error('page 3 was cut');
      },
    });

    await start({ openSweep });
    await until('the sweep', () => world.sweeps.length > 0);
    await until('the pass', () => world.requests.length > 0);

    expect(said).not.toContain('completed');
    expect(world.sweeps[0]).toMatchObject({ error: 'page 3 was cut', targets: 1_500, visits: 1 });
  });
});
