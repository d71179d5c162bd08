import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import type { Pause } from '../../src/model/pause.ts';
import { withDeleteBudget } from '../../src/providers/delete-budget.ts';
import { createFleetDeletes, type FleetBook } from '../../src/providers/fleet-deletes.ts';
import { aDelete, swrBench } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';

const NOW = new Date('2026-11-22T04:00:00Z');
const LIMITS = { maxDeletesPerHour: 500, maxFleetDeletePercent: 10 };

/** A book kept in memory: `left` deletes may be taken. */
function aBook(left: number, already: readonly Pause[] = []) {
  const pauses = [...already];
  const asked: unknown[] = [];
  const book: FleetBook = {
    async takeDeletes(count, limits) {
      asked.push({ count, ...limits });
      if (left < count) return false;
      left -= count;
      return true;
    },
    pauses: async () => pauses,
    pause: async (pause) => void pauses.push(pause),
  };
  return { book, pauses, asked };
}

describe('createFleetDeletes()', () => {
  test('take() asks the book for one delete with both limits', async () => {
    const { book, asked, pauses } = aBook(5);

    const taken = await createFleetDeletes(book, LIMITS, () => NOW).take();

    expect(taken).toBe(true);
    expect(asked).toEqual([{ count: 1, maxPerHour: 500, maxPercent: 10 }]);
    expect(pauses).toEqual([]);
  });

  test('take() pauses the deletes of the fleet with the figures when the budget is used up', async () => {
    const { book, pauses } = aBook(0);

    const taken = await createFleetDeletes(book, LIMITS, () => NOW).take();

    expect(taken).toBe(false);
    expect(pauses).toEqual([
      {
        scope: { type: 'deletes' },
        by: 'guard',
        since: NOW,
        reason:
          'the deletes of all workers within one hour reached guards.maxDeletesPerHour (500) or ' +
          'guards.maxFleetDeletePercent (10 % of all known tags)',
      },
    ]);
  });

  test.each([
    { by: 'guard', reason: 'tripped earlier' },
    { by: 'cli', reason: 'migration' },
  ] as const)('take() leaves a pause by $by as it is', async (facts) => {
    const since = new Date('2026-11-22T01:00:00Z');
    const { book, pauses } = aBook(0, [{ ...facts, scope: { type: 'deletes' }, since }]);
    const budget = createFleetDeletes(book, LIMITS, () => NOW);

    await Promise.all([budget.take(), budget.take()]);

    expect(pauses).toEqual([{ ...facts, scope: { type: 'deletes' }, since }]);
  });

  test('take() pauses the deletes although something else is paused', async () => {
    const other: Pause = {
      scope: { type: 'policy', policy: 'shop' },
      by: 'cli',
      reason: 'freeze',
      since: NOW,
    };
    const { book, pauses } = aBook(0, [other]);

    await createFleetDeletes(book, LIMITS, () => NOW).take();

    expect(pauses.map(({ scope }) => scope.type)).toEqual(['policy', 'deletes']);
  });

  test('take() names no share when the share is off', async () => {
    const { book, pauses } = aBook(0);
    const limits = { maxDeletesPerHour: 7, maxFleetDeletePercent: 100 };

    await createFleetDeletes(book, limits, () => NOW).take();

    expect(pauses[0]?.reason).toBe(
      'the deletes of all workers within one hour reached guards.maxDeletesPerHour (7)',
    );
  });

  test('take() lets no delete through while the book does not answer', async () => {
    const silent = new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot take deletes: no answer');
    const book: FleetBook = { ...aBook(9).book, takeDeletes: () => Promise.reject(silent) };

    await expect(createFleetDeletes(book, LIMITS, () => NOW).take()).rejects.toBe(silent);
  });
});

test('createFleetDeletes() stops a delete before any request, and its message names guards, figures and remedy', async () => {
  const seed = { repositories: [{ name: 'shop/web', tags: { v1: 'one', v3: 'three' } }] };
  const { provider, simulator, signal } = await swrBench(seed);
  const guarded = withDeleteBudget(
    provider,
    createFleetDeletes(aBook(0).book, LIMITS, () => NOW),
  );

  const refused = guarded.perform({ account: 'swr', path: 'shop/web' }, aDelete(), freely, signal);

  await expect(refused).rejects.toMatchObject({
    code: 'GATE_REFUSED',
    message:
      'Cannot delete tag "v1" of "swr/shop/web": the deletes of all workers within one hour reached ' +
      'guards.maxDeletesPerHour (500) or guards.maxFleetDeletePercent (10 % of all known tags), ' +
      'wanted a person to look: when they are meant, tagwarden resume --deletes lets as many go again',
  });
  expect(simulator.requests.total).toBe(0);
});
