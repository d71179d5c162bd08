import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { anImage, aRepository, failing, outcomes, signal, TEN } from './runs.ts';

const RENAME = { rename: [{ from: 'k0', to: 'a' }] };

describe('applyPlan() while somebody holds writes back', () => {
  test('applyPlan() leaves out what is held, with the reason, and looks at nothing for it', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1', c: '1' } });

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: ({ tag }) => (tag === 'b' ? 'paused by cli' : null),
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped', 'add c applied']);
    expect(performed[1]?.outcome).toEqual({
      status: 'skipped',
      reason: 'paused by cli',
      held: true,
    });
    expect(provider.calls).toEqual(['list', 'add a', 'add c']);
  });

  test('applyPlan() leaves out what depends on a held write, and calls that held too', async () => {
    const { provider, plan } = aRepository();

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: ({ type }) => (type === 'copy' ? 'paused' : null),
    });

    expect(provider.calls).toEqual([]);
    expect(performed.map(({ outcome }) => outcome)).toEqual(
      plan.operations.map(() => expect.objectContaining({ status: 'skipped', held: true })),
    );
  });

  test('applyPlan() does not call held what depends on a failed write', async () => {
    const { provider, plan } = aRepository();
    failing(provider, 'copy previous', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal, hold: () => null });

    expect(performed.filter(({ outcome }) => outcome && 'held' in outcome)).toEqual([]);
    expect(outcomes(performed)).toContain('delete ci-1 skipped');
  });

  test('applyPlan() asks again after the look before a write, which may take long', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });
    let isPaused = false;
    provider.before = (call) => {
      isPaused = call === 'list';
    };
    const intents: string[] = [];

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: () => (isPaused ? 'paused' : null),
      onIntent: ({ tag }) => void intents.push(tag),
    });

    expect(outcomes(performed)).toEqual(['add a skipped']);
    expect(intents).toEqual([]);
    expect(provider.state.size).toBe(0);
  });

  test('applyPlan() puts a pair back whose successor is held, and calls both held', async () => {
    const { provider, plan } = anImage(TEN, RENAME);

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: ({ type }) => (type === 'add' ? 'paused' : null),
    });

    expect(Object.fromEntries(provider.state)).toEqual(TEN);
    expect(performed.map(({ outcome }) => outcome)).toEqual([
      {
        status: 'skipped',
        reason: 'undone: "a" was not added, so the old pair was put back',
        held: true,
      },
      { status: 'skipped', reason: 'paused', held: true },
    ]);
  });
});

describe('applyPlan() with a driver that records', () => {
  test('applyPlan() gives the plan with each intent, also of a pair that is put back, and settles that too', async () => {
    const { provider, plan } = anImage(TEN, RENAME);
    failing(provider, 'add a', 'PROVIDER_REJECTED');
    const told: string[] = [];

    await applyPlan(provider, plan, {
      signal,
      onIntent: ({ type, tag }, of) => void told.push(`${type} ${tag} of ${of.digest}`),
      onOutcome: ({ type, tag }, { status }) => void told.push(`${type} ${tag} ${status}`),
    });

    const { digest } = plan;
    expect(told).toEqual([
      `delete k0 of ${digest}`,
      'delete k0 applied',
      `add a of ${digest}`,
      'add a failed',
      `add k0 of ${digest}`,
      'add k0 applied',
      'delete k0 skipped',
    ]);
  });

  test('applyPlan() settles a pair that could not be put back as failed', async () => {
    const { provider, plan } = anImage(TEN, RENAME);
    provider.before = (call) => {
      if (call.startsWith('add')) throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };
    const told: string[] = [];

    await applyPlan(provider, plan, {
      signal,
      onOutcome: ({ tag }, { status }) => void told.push(`${tag} ${status}`),
    });

    expect(told).toEqual(['k0 applied', 'a failed', 'k0 failed', 'a failed']);
  });

  test('applyPlan() makes no write whose intent cannot be recorded, and tries nothing more', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });

    const performed = await applyPlan(provider, plan, {
      signal,
      onIntent: () => {
        throw new ReconcileError('QUEUE_UNAVAILABLE', 'Cannot note a write: no answer');
      },
    });

    expect(provider.calls).toEqual(['list']);
    expect(performed.map(({ outcome }) => outcome)).toEqual([
      {
        status: 'failed',
        code: 'QUEUE_UNAVAILABLE',
        error:
          `Cannot add "a" at "${plan.target.account}/${plan.target.path}": its intent was not recorded, ` +
          'so it was not written: Cannot note a write: no answer',
      },
      { status: 'skipped', reason: 'add "a" failed with QUEUE_UNAVAILABLE' },
    ]);
  });

  test('applyPlan() asks for the lease after the intent is recorded, which may take long', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });
    let isLost = false;

    const performed = await applyPlan(provider, plan, {
      signal,
      onIntent: () => {
        isLost = true;
      },
      checkLease: () => {
        if (isLost) throw new Error('not renewed in time');
      },
    });

    expect(provider.state.size).toBe(0);
    expect(performed[0]?.outcome).toEqual({
      status: 'skipped',
      reason: 'the lease was lost: not renewed in time',
    });
  });
});
