import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { type ErrorCode } from '../../src/model/errors.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { anImagePolicy, IMAGE_CAPABILITIES, planRepository } from '../support/policies.ts';
import { anImageTag, digestOf } from '../support/tags.ts';
import { anImage, aRepository, failing, outcomes, signal } from './runs.ts';

describe('applyPlan()', () => {
  test('performs nothing of a refused plan', async () => {
    const { provider, plan } = aRepository();

    const performed = await applyPlan(
      provider,
      { ...plan, verdict: { safe: false, reasons: ['no'] } },
      { signal },
    );

    expect(provider.calls).toEqual([]);
    expect(performed.map(({ outcome }) => outcome)).toEqual([null, null, null, null]);
  });

  test('makes no delete after a failed copy, and overwrites nothing the copy was to save', async () => {
    const { provider, plan } = aRepository();
    failing(provider, 'copy previous', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual([
      'copy previous failed',
      'copy stable skipped',
      'delete ci-1 skipped',
      'delete ci-2 skipped',
    ]);
    expect(
      performed.map(({ outcome }) => (outcome?.status === 'skipped' ? outcome.reason : null)),
    ).toEqual([
      null,
      'it depends on copy "previous", which was not done',
      '"previous" was not written, so nothing is deleted before the next pass',
      '"previous" was not written, so nothing is deleted before the next pass',
    ]);
  });

  test('keeps the temporary tag of a cycle when the cycle was not finished', async () => {
    const tags = [anImageTag('a'), anImageTag('b')];
    const copies = [
      { from: 'a', to: 'b', override: true },
      { from: 'b', to: 'a', override: true },
    ];
    const plan = planRepository(tags, [anImagePolicy({ copies })]);
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    failing(provider, 'copy a', 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome?.status)).toEqual([
      'applied',
      'applied',
      'failed',
      'skipped',
    ]);
    expect([...provider.state.values()]).toContain(digestOf('b'));
  });

  test('skips a copy that reads a temporary tag which was not made', async () => {
    const tags = [anImageTag('a'), anImageTag('b')];
    const copies = [
      { from: 'a', to: 'b', override: true },
      { from: 'b', to: 'a', override: true },
    ];
    const plan = planRepository(tags, [anImagePolicy({ copies })]);
    const provider = createMemoryProvider(tags, IMAGE_CAPABILITIES);
    failing(provider, `copy ${plan.operations[0]?.tag}`, 'PROVIDER_UNAVAILABLE');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome?.status)).toEqual([
      'failed',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(Object.fromEntries(provider.state)).toEqual({ a: digestOf('a'), b: digestOf('b') });
  });

  test('goes on with other writes and deletes after a failed one of their kind', async () => {
    const adds = anImage({}, { ensure: { a: '1', b: '1' } });
    failing(adds.provider, 'add a', 'PROVIDER_REJECTED');
    const deletes = aRepository();
    failing(deletes.provider, 'delete ci-1', 'PROVIDER_FORBIDDEN');

    const added = await applyPlan(adds.provider, adds.plan, { signal });
    const deleted = await applyPlan(deletes.provider, deletes.plan, { signal });

    expect(outcomes(added)).toEqual(['add a failed', 'add b applied']);
    expect(outcomes(deleted).slice(2)).toEqual(['delete ci-1 failed', 'delete ci-2 applied']);
  });

  test.each<ErrorCode>(['PROVIDER_AUTH', 'PROVIDER_THROTTLED', 'PROVIDER_CONFLICT', 'CANCELLED'])(
    'tries nothing more after %s',
    async (code) => {
      const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1', c: '1' } });
      failing(provider, 'add b', code);

      const performed = await applyPlan(provider, plan, { signal });

      expect(outcomes(performed)).toEqual(['add a applied', 'add b failed', 'add c skipped']);
      expect(performed[2]?.outcome).toEqual({
        status: 'skipped',
        reason: `add "b" failed with ${code}`,
      });
    },
  );

  test.each([[new TypeError('broken'), 'broken']])(
    'records a defect as INTERNAL without a stack and stops',
    async (thrown, error) => {
      const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
      provider.before = (call) => {
        if (call === 'add a') throw thrown;
      };

      const performed = await applyPlan(provider, plan, { signal });

      expect(performed[0]?.outcome).toEqual({ status: 'failed', code: 'INTERNAL', error });
      expect(performed[1]?.outcome).toMatchObject({ status: 'skipped' });
    },
  );

  test('asks for the lease before each write and skips the rest once it is lost', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1', c: '1' } });
    const checkLease = () => {
      if (provider.state.has('a')) throw new Error('taken over');
    };

    const performed = await applyPlan(provider, plan, { signal, checkLease });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped', 'add c skipped']);
    expect(performed[1]?.outcome).toMatchObject({ reason: 'the lease was lost: taken over' });
    expect(provider.calls).toEqual(['list', 'add a']);
  });

  test('skips the rest once the run is cancelled', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    const controller = new AbortController();

    const performed = await applyPlan(provider, plan, {
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped']);
    expect(performed[1]?.outcome).toMatchObject({ reason: 'the run was cancelled' });
  });

  test('tells intents before and outcomes after each write', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });

    await applyPlan(provider, plan, {
      signal,
      onIntent: ({ tag }) => void provider.calls.push(`intent ${tag}`),
      onOutcome: ({ tag }, { status }) => void provider.calls.push(`outcome ${tag} ${status}`),
    });

    expect(provider.calls).toEqual(['list', 'intent a', 'add a', 'outcome a applied']);
  });

  test.each([[new Error('store is down'), 'store is down']])(
    'stops when an outcome cannot be recorded',
    async (thrown, text) => {
      const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });

      const performed = await applyPlan(provider, plan, {
        signal,
        onOutcome: () => {
          throw thrown;
        },
      });

      expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped']);
      expect(performed[1]?.outcome).toMatchObject({
        reason: `the outcome of add "a" could not be recorded: ${text}`,
      });
    },
  );
});
