import { describe, expect, test } from 'vitest';
import type { Policy } from '../src/model/policy.ts';
import { type Pass, reconcile } from '../src/reconcile.ts';
import { createMemoryProvider } from './support/memory-provider.ts';
import { aResourcePolicy, RESOURCE_CAPABILITIES } from './support/policies.ts';
import { IMAGE, labels, NOW } from './support/tags.ts';

const options = { signal: new AbortController().signal };

function aPass(policies: readonly Policy[]): Pass {
  return {
    target: IMAGE,
    policies,
    attributes: { sourceImageId: 'base' },
    guards: { maxDeletePercent: 30 },
    protect: [],
    baseline: null,
    confirmed: new Set(),
    now: () => NOW,
    dryRun: false,
  };
}

const copying = (image: string) =>
  aResourcePolicy({ copyFrom: [{ image, keys: ['owner'], overwrite: false }] });

describe('reconcile() with copyFrom', () => {
  test('lists each image the rules name once, and takes its keys over', async () => {
    const provider = createMemoryProvider([], RESOURCE_CAPABILITIES);
    provider.others.set('base', labels({ owner: 'ann' }));
    const policies = [copying('{{ image.sourceImageId }}'), copying('base')];

    const report = await reconcile(provider, aPass(policies), options);

    expect(report).toMatchObject({ performed: [{ outcome: { status: 'applied' } }] });
    expect(provider.state.get('owner')).toBe('ann');
    expect(provider.calls.slice(0, 2)).toEqual(['list', 'list base']);
    expect(provider.calls.filter((call) => call === 'list base')).toHaveLength(1);
  });

  test('goes on with the other rules when an image cannot be read', async () => {
    const provider = createMemoryProvider([], RESOURCE_CAPABILITIES);
    provider.others.set('gone', null);
    const policies = [
      copying('gone'),
      aResourcePolicy({ ensure: { stage: 'prod' } }, { name: 'b' }),
    ];

    const report = await reconcile(provider, aPass(policies), options);

    expect([...provider.state]).toEqual([['stage', 'prod']]);
    expect(report).toMatchObject({
      plan: { findings: [{ severity: 'error', message: expect.stringContaining('"gone"') }] },
    });
  });

  test('does not list the target itself a second time', async () => {
    const provider = createMemoryProvider(labels({ owner: 'me' }), RESOURCE_CAPABILITIES);

    const report = await reconcile(provider, aPass([copying(IMAGE.path)]), options);

    expect(report.status).toBe('in-sync');
    expect(provider.calls).toEqual(['list']);
  });

  test('does not plan on without an image when the run is cancelled', async () => {
    const provider = createMemoryProvider([], RESOURCE_CAPABILITIES);
    const controller = new AbortController();
    provider.others.set('base', null);
    provider.before = (call) => {
      if (call === 'list base') controller.abort();
    };

    const report = await reconcile(provider, aPass([copying('base')]), {
      signal: controller.signal,
    });

    expect(report.status).toBe('unknown');
  });
});
