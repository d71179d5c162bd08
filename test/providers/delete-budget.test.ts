import { describe, expect, test } from 'vitest';
import { createDeleteBudget, withDeleteBudget } from '../../src/providers/delete-budget.ts';
import { allOf } from '../support/pages.ts';
import { aCopy, aDelete, swrBench } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';

const HOUR_MS = 3_600_000;

describe('createDeleteBudget()', () => {
  test('take() gives out as many as allowed, then none, and gives each back after an hour', async () => {
    const clock = { ms: 0 };
    const budget = createDeleteBudget(2, () => new Date(clock.ms));
    const takenAt = async (ms: number): Promise<boolean> => {
      clock.ms = ms;
      return await budget.take();
    };

    const taken = [
      await takenAt(0),
      await takenAt(10),
      await takenAt(20),
      await takenAt(HOUR_MS - 1),
      await takenAt(HOUR_MS),
      await takenAt(HOUR_MS + 9),
      await takenAt(HOUR_MS + 10),
    ];

    expect(taken).toEqual([true, true, false, false, true, false, true]);
  });

  test('take() refuses the very first delete of a budget of 0', async () => {
    expect(await createDeleteBudget(0, () => new Date()).take()).toBe(false);
  });

  test('take() keeps counting when the clock is set back', async () => {
    const clock = { ms: 10 * HOUR_MS };
    const budget = createDeleteBudget(1, () => new Date(clock.ms));

    const first = await budget.take();
    clock.ms = 0;

    expect([first, await budget.take()]).toEqual([true, false]);
  });
});

describe('withDeleteBudget()', () => {
  const target = { account: 'swr', path: 'shop/web' };
  const seed = { repositories: [{ name: 'shop/web', tags: { v1: 'one', v3: 'three' } }] };

  test('withDeleteBudget() refuses the delete over the budget before any request, copies go on', async () => {
    const { provider, simulator, signal } = await swrBench(seed);
    const guarded = withDeleteBudget(
      provider,
      createDeleteBudget(1, () => new Date()),
    );
    const { tags } = await guarded.list(target, signal);
    const value = tags.find(({ name }) => name === 'v1')?.value ?? '';
    await guarded.perform(target, aDelete({ tag: 'v3' }), freely, signal);
    const before = simulator.requests.list.length;

    const refused = guarded.perform(target, aDelete({ tag: 'v1' }), freely, signal);

    await expect(refused).rejects.toMatchObject({
      code: 'GATE_REFUSED',
      message:
        'Cannot delete tag "v1" of "swr/shop/web": 1 deletes in one hour reached guards.maxDeletesPerHour, ' +
        'wanted a person to look before more go',
    });
    expect(simulator.requests.list).toHaveLength(before);
    await guarded.perform(target, aCopy({ from: 'v1', tag: 'v2', value }), freely, signal);
    expect(Object.keys(simulator.world.repositoryTags('shop/web')).sort()).toEqual(['v1', 'v2']);
  });

  test('withDeleteBudget() shares one budget between accounts', async () => {
    const [left, right] = [await swrBench(seed), await swrBench(seed)];
    const budget = createDeleteBudget(1, () => new Date());
    const one = withDeleteBudget(left.provider, budget);
    const other = withDeleteBudget(right.provider, budget);
    await one.perform(target, aDelete({ tag: 'v1' }), freely, left.signal);

    await expect(
      other.perform(target, aDelete({ tag: 'v1' }), freely, right.signal),
    ).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    expect(right.simulator.journal.entries).toEqual([]);
  });

  test('withDeleteBudget() hands everything else through', async () => {
    const { provider, signal } = await swrBench(seed);

    const guarded = withDeleteBudget(
      provider,
      createDeleteBudget(0, () => new Date()),
    );

    expect({ ...guarded, perform: null, discover: null }).toMatchObject({
      name: 'huawei-swr',
      account: 'swr',
      capabilities: provider.capabilities,
    });
    expect(await guarded.describe(target, signal)).toEqual(await provider.describe(target, signal));
    expect(await guarded.read(target, 'v1', signal)).toEqual(
      await provider.read(target, 'v1', signal),
    );
    const found = await allOf(guarded.discover({ visibility: null, paths: null }, signal));
    expect(found.map((one) => one.target)).toEqual([target]);
  });
});
