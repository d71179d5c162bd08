import { describe, expect, test } from 'vitest';
import { type ErrorCode, ReconcileError } from '../../src/model/errors.ts';
import type { Operation } from '../../src/model/plan.ts';
import { withAdmission } from '../../src/providers/admission.ts';
import { createDeleteBudget, withDeleteBudget } from '../../src/providers/delete-budget.ts';
import { withGate } from '../../src/providers/gate.ts';
import { withSources } from '../../src/providers/promotions.ts';
import { type Provider, withPerform } from '../../src/providers/provider.ts';
import { batching, requestsOf } from '../apply/batches.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { RESOURCE_CAPABILITIES } from '../support/policies.ts';
import { aDelete, anAdd } from '../support/provider-bench.ts';
import { labels } from '../support/tags.ts';
import { freely } from '../support/write-check.ts';

const target = { account: 'ims-north', path: 'image-1' };
const { signal } = new AbortController();

/** An image with a, b, c and d. */
const anImage = () =>
  batching(createMemoryProvider(labels({ a: '1', b: '1', c: '1', d: '1' }), RESOURCE_CAPABILITIES));

const deletes = (...tags: readonly string[]): Operation[] => tags.map((tag) => aDelete({ tag }));

/** `done` or the code, of each operation. */
async function performTogether(
  { batch }: Provider,
  operations: readonly Operation[],
): Promise<string[]> {
  const writes = operations.map((operation) => ({ operation, check: freely }));
  const results = (await batch?.perform(target, writes, signal)) ?? [];
  return results.map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.code));
}

const refusing =
  (...tags: readonly string[]) =>
  (_: unknown, { tag }: Operation): void => {
    if (tags.includes(tag)) throw new ReconcileError('GATE_REFUSED', `Cannot write "${tag}"`);
  };

describe('withAdmission()', () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['nothing', [], ['done', 'done', 'done'], ['batch delete a b c']],
    ['the first', ['a'], ['GATE_REFUSED', 'done', 'done'], ['batch delete b c']],
    ['the last', ['c'], ['done', 'done', 'GATE_REFUSED'], ['batch delete a b']],
    ['all', ['a', 'b', 'c'], ['GATE_REFUSED', 'GATE_REFUSED', 'GATE_REFUSED'], []],
  ])('takes %s out of a batch, and the others go on', async (_, refused, results, requests) => {
    const provider = anImage();
    const guarded = withAdmission(provider, refusing(...refused));

    expect(await performTogether(guarded, deletes('a', 'b', 'c'))).toEqual(results);
    expect(requestsOf(provider)).toEqual(requests);
  });

  test('gives a provider no batch that has none', () => {
    const { batch: _, ...provider } = anImage();

    expect(withAdmission(provider, refusing())).not.toHaveProperty('batch');
  });
});

describe('withPerform()', () => {
  test('withPerform() drops the batch, which would go around the new way to perform', () => {
    const provider = anImage();

    expect(withPerform(provider, () => Promise.resolve({ attempts: 1 }))).not.toHaveProperty(
      'batch',
    );
  });
});

describe('a batch behind the wrappers of a provider', () => {
  test('is held to mode and protected names by the gate, each operation by itself', async () => {
    const provider = anImage();
    const gated = withGate(withGate(provider, { protect: ['b'] }), { protect: ['c'] });
    const refused: ErrorCode = 'GATE_REFUSED';

    const results = await performTogether(gated, [
      ...deletes('a', 'b', 'c'),
      aDelete({ tag: 'd', mode: 'upsert-only' }),
      anAdd({ tag: ' ' }),
    ]);

    expect(results).toEqual(['done', refused, refused, refused, refused]);
    expect([...provider.state.keys()]).toEqual(['b', 'c', 'd']);
  });

  test('spends the budget for each delete in it, and none for adds', async () => {
    const provider = anImage();
    const budget = createDeleteBudget(2, () => new Date());
    const guarded = withDeleteBudget(provider, budget);

    await performTogether(guarded, [anAdd({ tag: 'e' }), anAdd({ tag: 'f' })]);
    const results = await performTogether(guarded, deletes('a', 'b', 'c'));

    expect(results).toEqual(['done', 'done', 'GATE_REFUSED']);
    expect(await budget.take()).toBe(false);
    expect([...provider.state.keys()]).toEqual(['c', 'd', 'e', 'f']);
  });

  test('goes through where targets of other accounts can be read', async () => {
    const provider = anImage();
    const connected = withSources(provider, new Map([['ims-north', provider]]));

    expect(await performTogether(connected, deletes('a', 'b'))).toEqual(['done', 'done']);
    expect(requestsOf(provider)).toEqual(['batch delete a b']);
  });
});
