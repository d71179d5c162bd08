import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import type { MemoryProvider } from '../support/memory-provider.ts';
import { batching } from './batches.ts';
import { anImage, signal } from './runs.ts';

describe('applyPlan() with a provider that has a call for several operations', () => {
  test('comes to what single calls come to, whatever fails, is held or gone', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const keys = fc.uniqueArray(key);
    await fc.assert(
      fc.asyncProperty(keys, keys, keys, keys, keys, async (before, ensure, broken, held, gone) => {
        const scenario = { before, ensure, broken, held, gone };

        const alone = await play(scenario, (provider) => provider);
        const together = await play(scenario, batching);

        expect(together).toEqual(alone);
      }),
    );
  });
});

interface Scenario {
  readonly before: readonly string[];
  readonly ensure: readonly string[];
  readonly broken: readonly string[];
  readonly held: readonly string[];
  readonly gone: readonly string[];
}

/** Outcomes and tags after a pass that ensures some keys and removes the others. */
async function play(
  { before, ensure, broken, held, gone }: Scenario,
  wrap: (provider: MemoryProvider) => MemoryProvider,
) {
  const valued = (keys: readonly string[], value: string) =>
    Object.fromEntries(keys.map((key) => [key, value]));
  const remove = ['a', 'b', 'c', 'd', 'e'].map((glob) => ({ by: 'glob', glob }) as const);
  const { provider, plan } = anImage(valued(before, 'old'), {
    ensure: valued(ensure, 'new'),
    remove,
  });
  for (const key of gone) if (!ensure.includes(key)) provider.state.delete(key);
  provider.before = (call, operation) => {
    if (operation !== null && broken.includes(operation.tag)) {
      throw new ReconcileError('PROVIDER_REJECTED', `Cannot ${call}: it was made to fail`);
    }
  };
  const performed = await applyPlan(wrap(provider), plan, {
    signal,
    hold: ({ tag }) => (held.includes(tag) ? 'paused' : null),
  });
  return { performed, state: Object.fromEntries(provider.state) };
}
