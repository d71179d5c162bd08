import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../src/model/errors.ts';
import { reconcile } from '../src/reconcile.ts';
import { createMemoryProvider } from './support/memory-provider.ts';
import { anImagePolicy, aRetain, IMAGE_CAPABILITIES } from './support/policies.ts';
import { anImageTag, digestOf, NOW, REPOSITORY } from './support/tags.ts';

describe('reconcile()', () => {
  test('reports a write of an earlier plan that perhaps was made, when the next plan does not ask for it', async () => {
    const tags = ['1.0.0', '1.1.0', 'ci-1', 'ci-2', 'x'].map((name) => anImageTag(name));
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    let isFirst = true;
    provider.before = (call) => {
      if (call !== 'delete ci-1' || !isFirst) return;
      isFirst = false;
      provider.state.delete('ci-1');
      provider.state.set('ci-2', digestOf('foreign'));
      throw new ReconcileError('PROVIDER_UNAVAILABLE', 'Cannot delete: no answer');
    };
    const policy = anImagePolicy({ retain: [aRetain({ pattern: 'ci-.*' })] });

    const report = await reconcile(
      provider,
      {
        target: REPOSITORY,
        policies: [policy],
        attributes: null,
        guards: { maxDeletePercent: 100 },
        protect: [],
        baseline: null,
        confirmed: new Set(),
        now: () => NOW,
        dryRun: false,
      },
      { signal: new AbortController().signal },
    );

    expect(report).toMatchObject({
      plan: { operations: [{ tag: 'ci-2' }] },
      performed: [
        { operation: { tag: 'ci-1' }, outcome: { status: 'failed', code: 'PROVIDER_UNAVAILABLE' } },
        { operation: { tag: 'ci-2' }, outcome: { status: 'applied' } },
      ],
    });
  });
});
