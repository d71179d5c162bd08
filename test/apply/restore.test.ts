import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { aResourcePolicy, planImage, RESOURCE_CAPABILITIES } from '../support/policies.ts';
import { aTag, labels } from '../support/tags.ts';
import { anImage, failing, outcomes, signal, TEN } from './runs.ts';

describe('restoreRoom()', () => {
  const rename = { rename: [{ from: 'k0', to: 'a' }] };

  test('puts the old pair back when the add it made room for fails, and says so', async () => {
    const { provider, plan } = anImage(TEN, rename);
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal });

    expect(Object.fromEntries(provider.state)).toEqual(TEN);
    expect(performed.map(({ outcome }) => outcome)).toEqual([
      { status: 'skipped', reason: 'undone: "a" was not added, so the old pair was put back' },
      { status: 'failed', code: 'PROVIDER_REJECTED', error: 'Cannot add a: it was made to fail' },
    ]);
  });

  test('puts the old pair back also when the run is cancelled in between', async () => {
    const { provider, plan } = anImage(TEN, rename);
    const controller = new AbortController();

    const performed = await applyPlan(provider, plan, {
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });

    expect(Object.fromEntries(provider.state)).toEqual(TEN);
    expect(outcomes(performed)).toEqual(['delete k0 skipped', 'add a skipped']);
  });

  test('says when the old pair could not be put back', async () => {
    const { provider, plan } = anImage(TEN, rename);
    provider.before = (call) => {
      if (call === 'add a' || call === 'add k0')
        throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[0]?.outcome).toEqual({ status: 'applied', attempts: 1 });
    expect(performed[1]?.outcome).toMatchObject({
      status: 'failed',
      error: 'down; the old pair could not be put back: k0=0: down',
    });
  });

  test('does not write without the lease, and says what is missing', async () => {
    const { provider, plan } = anImage(TEN, rename);
    const checkLease = () => {
      if (!provider.state.has('k0')) throw new Error('gone');
    };

    const performed = await applyPlan(provider, plan, { signal, checkLease });

    expect(provider.calls).toEqual(['list', 'delete k0']);
    expect(performed[1]?.outcome).toEqual({
      status: 'skipped',
      reason: 'the lease was lost: gone; the old pair could not be put back: k0=0: gone',
    });
  });

  test('does not bring back a key that somebody else had deleted', async () => {
    const { provider, plan } = anImage(TEN, rename);
    provider.state.delete('k0');
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    await applyPlan(provider, plan, { signal });

    expect(provider.state.has('k0')).toBe(false);
  });

  test('skips the add when its room could not be made', async () => {
    const { provider, plan } = anImage(TEN, rename);
    failing(provider, 'delete k0', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual(['delete k0 failed', 'add a skipped']);
    expect(Object.fromEntries(provider.state)).toEqual(TEN);
  });

  test('says when the value of the old pair was never told', async () => {
    const tags = [...labels({ k0: '0' }), aTag('k1', null)];
    const policy = aResourcePolicy({ ensure: { a: '1' }, remove: [{ by: 'glob', glob: 'k1' }] });
    const capabilities = { ...RESOURCE_CAPABILITIES, maxTags: 2 };
    const plan = planImage(tags, [policy], { capabilities });
    const provider = createMemoryProvider(tags, capabilities);
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[1]?.outcome).toMatchObject({
      error: expect.stringContaining('its value is not known'),
    });
  });
});
