import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../src/model/errors.ts';
import type { Policy } from '../src/model/policy.ts';
import { type Pass, reconcile } from '../src/reconcile.ts';
import { createMemoryProvider, type MemoryProvider } from './support/memory-provider.ts';
import {
  aChannel,
  anImagePolicy,
  aResourcePolicy,
  aRetain,
  IMAGE_CAPABILITIES,
  RESOURCE_CAPABILITIES,
} from './support/policies.ts';
import { anImageTag, digestOf, IMAGE, labels, NOW, REPOSITORY } from './support/tags.ts';

const options = { signal: new AbortController().signal };

function aPass(policies: readonly Policy[], overrides: Partial<Pass> = {}): Pass {
  return {
    target: IMAGE,
    policies,
    attributes: null,
    guards: { maxDeletePercent: 30 },
    protect: [],
    baseline: null,
    confirmed: new Set(),
    now: () => NOW,
    dryRun: false,
    ...overrides,
  };
}

function anImage(values: Record<string, string>): MemoryProvider {
  return createMemoryProvider(labels(values), RESOURCE_CAPABILITIES);
}

const owner = [aResourcePolicy({ ensure: { owner: 'me' } })];

describe('reconcile()', () => {
  test('makes nothing but the listing when the target is in sync', async () => {
    const provider = anImage({ owner: 'me' });

    const report = await reconcile(provider, aPass(owner), options);

    expect(provider.calls).toEqual(['list']);
    expect(report).toMatchObject({
      target: IMAGE,
      provider: 'huawei-ims',
      status: 'in-sync',
      performed: [],
    });
  });

  test('applies the plan and has nothing to do at the second pass', async () => {
    const provider = anImage({});

    const first = await reconcile(provider, aPass(owner), options);
    const second = await reconcile(provider, aPass(owner), options);

    expect(first).toMatchObject({
      status: 'drifted',
      performed: [{ operation: { tag: 'owner' }, outcome: { status: 'applied', attempts: 1 } }],
    });
    expect(second).toMatchObject({ status: 'in-sync', performed: [] });
  });

  test('writes nothing in a dry run', async () => {
    const provider = anImage({});

    const report = await reconcile(provider, aPass(owner, { dryRun: true }), options);

    expect(provider.calls).toEqual(['list']);
    expect(report).toMatchObject({ status: 'drifted', performed: [{ outcome: null }] });
  });

  test('reports drift that a mode leaves where it is', async () => {
    const observing = [aResourcePolicy({ ensure: { owner: 'me' } }, { mode: 'observe' })];

    const report = await reconcile(anImage({}), aPass(observing), options);

    expect(report).toMatchObject({ status: 'drifted', performed: [] });
  });

  test('touches nothing when a guard refuses, and goes through with the digest it names', async () => {
    const provider = anImage({ a: '1' });
    const policies = [aResourcePolicy({ remove: [{ by: 'glob', glob: 'a' }] })];

    const refused = await reconcile(provider, aPass(policies), options);
    const digest = refused.status === 'unknown' ? '' : refused.plan.digest;
    const confirmed = await reconcile(
      provider,
      aPass(policies, { confirmed: new Set([digest]) }),
      options,
    );

    expect(refused).toMatchObject({ status: 'refused', performed: [{ outcome: null }] });
    expect(confirmed).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'applied' } }],
    });
    expect(provider.calls.filter((call) => call.startsWith('delete'))).toEqual(['delete a']);
  });

  test('reports a failed listing as unknown, with what the driver needs', async () => {
    const provider = anImage({ a: '1' });
    const throttled = { retryAfterMs: 5_000 };
    provider.before = () => {
      throw new ReconcileError('PROVIDER_THROTTLED', 'Cannot list: slow down', throttled);
    };

    const report = await reconcile(provider, aPass(owner), options);

    expect(report).toEqual({
      target: IMAGE,
      name: null,
      provider: 'huawei-ims',
      status: 'unknown',
      code: 'PROVIDER_THROTTLED',
      error: 'Cannot list: slow down',
      retriable: true,
      retryAfterMs: 5_000,
    });
  });

  test('reports a defect as unknown INTERNAL without a stack', async () => {
    const provider = anImage({});
    provider.before = () => {
      throw new TypeError('x is not a function');
    };

    const report = await reconcile(provider, aPass(owner), options);

    expect(report).toMatchObject({
      status: 'unknown',
      code: 'INTERNAL',
      error: `Cannot reconcile "ims-north/${IMAGE.path}": x is not a function, which is a defect`,
      retriable: false,
      retryAfterMs: null,
    });
  });

  test('plans anew when the target changed after the listing', async () => {
    const provider = anImage({ a: '0' });
    let lists = 0;
    provider.before = (call) => {
      if (call !== 'list') return;
      lists += 1;
      if (lists === 2) provider.state.set('a', 'foreign');
    };

    const report = await reconcile(
      provider,
      aPass([aResourcePolicy({ ensure: { a: '1', b: '1' } })]),
      options,
    );

    expect(report).toMatchObject({
      status: 'drifted',
      performed: [
        { operation: { tag: 'a', replaces: 'foreign' }, outcome: { status: 'applied' } },
        { operation: { tag: 'b' }, outcome: { status: 'applied' } },
      ],
    });
    expect(Object.fromEntries(provider.state)).toEqual({ a: '1', b: '1' });
  });

  test('reports what was written under an earlier plan of the same pass', async () => {
    const tags = ['1.0.0', '1.1.0', 'ci-1', 'x'].map((name) => anImageTag(name));
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    provider.before = (call) => {
      if (call === 'copy stable') provider.state.set('ci-1', digestOf('foreign'));
    };
    const policy = anImagePolicy({
      channels: [aChannel()],
      retain: [aRetain({ pattern: 'ci-.*' })],
    });

    const report = await reconcile(provider, aPass([policy], { target: REPOSITORY }), options);

    expect(report).toMatchObject({
      status: 'drifted',
      plan: { operations: [{ tag: 'ci-1' }] },
      performed: [
        { operation: { tag: 'stable' }, outcome: { status: 'applied' } },
        {
          operation: { tag: 'ci-1', replaces: digestOf('foreign') },
          outcome: { status: 'applied' },
        },
      ],
    });
  });

  test('gives up after two new plans when the target keeps changing', async () => {
    const provider = anImage({ a: '0' });
    let lists = 0;
    provider.before = (call) => {
      if (call !== 'list') return;
      lists += 1;
      provider.state.set('a', `foreign ${lists}`);
    };

    const report = await reconcile(
      provider,
      aPass([aResourcePolicy({ ensure: { a: '1' } })]),
      options,
    );

    expect(lists).toBe(6);
    expect(report).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'failed', code: 'TARGET_CHANGED' } }],
    });
  });

  test('keeps the record of what was done when the new listing fails', async () => {
    const provider = anImage({ a: '0', b: '0' });
    let lists = 0;
    provider.before = (call) => {
      if (call === 'add a') provider.state.set('b', 'foreign');
      if (call !== 'list') return;
      lists += 1;
      if (lists > 2) throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };
    const tags = { ensure: { a: '1' }, remove: [{ by: 'glob', glob: 'b' }] } as const;

    const report = await reconcile(provider, aPass([aResourcePolicy(tags)]), options);

    expect(report).toMatchObject({
      status: 'drifted',
      performed: [
        { operation: { tag: 'a' }, outcome: { status: 'applied' } },
        { operation: { tag: 'b' }, outcome: { status: 'failed', code: 'PROVIDER_UNAVAILABLE' } },
      ],
    });
  });

  test('reports the first plan when planning anew is not possible', async () => {
    const tags = ['1.0.0', 'x'].map((name) => anImageTag(name));
    const provider = createMemoryProvider([...tags, anImageTag('stable', 'x')], IMAGE_CAPABILITIES);
    let lists = 0;
    provider.before = (call) => {
      if (call === 'read 1.0.0') provider.state.set('1.0.0', digestOf('foreign'));
      if (call === 'list' && ++lists > 1) throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };
    const pass = aPass([anImagePolicy({ channels: [aChannel()] })], { target: REPOSITORY });

    const report = await reconcile(provider, pass, options);

    expect(report).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'failed', code: 'TARGET_CHANGED' } }],
    });
  });

  test('performs a saved plan only while it is the plan', async () => {
    const provider = anImage({});
    const planned = await reconcile(provider, aPass(owner, { dryRun: true }), options);
    const planDigest = planned.status === 'unknown' ? null : planned.plan.digest;
    provider.state.set('other', '1');

    const stale = await reconcile(provider, aPass(owner, { planDigest }), options);
    provider.state.delete('other');
    const fresh = await reconcile(provider, aPass(owner, { planDigest }), options);

    expect(stale).toMatchObject({ status: 'unknown', code: 'PLAN_STALE', retriable: false });
    expect(fresh).toMatchObject({
      status: 'drifted',
      performed: [{ outcome: { status: 'applied' } }],
    });
  });

  test('does not replace a saved plan by another when the target changes', async () => {
    const provider = anImage({ a: '0' });
    const policies = [aResourcePolicy({ ensure: { a: '1' } })];
    const planned = await reconcile(provider, aPass(policies, { dryRun: true }), options);
    const planDigest = planned.status === 'unknown' ? null : planned.plan.digest;
    provider.calls.length = 0;
    provider.before = () => {
      if (provider.calls.length === 2) provider.state.set('a', 'foreign');
    };

    const report = await reconcile(provider, aPass(policies, { planDigest }), options);

    expect(provider.calls).toEqual(['list', 'list']);
    expect(report).toMatchObject({ performed: [{ outcome: { code: 'TARGET_CHANGED' } }] });
  });

  test('holds every write against the gate', async () => {
    const operations = new Set<'add' | 'delete'>(['add', 'delete']);
    const provider = createMemoryProvider([], { ...RESOURCE_CAPABILITIES, operations });
    provider.before = () => {
      if (provider.calls.length === 2) operations.delete('add');
    };

    const report = await reconcile(provider, aPass(owner), options);

    expect(report).toMatchObject({ performed: [{ outcome: { code: 'GATE_REFUSED' } }] });
    expect(provider.calls).toEqual(['list', 'list']);
  });
});
