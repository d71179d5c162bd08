import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { withPerform } from '../../src/providers/provider.ts';
import { anImage, aRepository, outcomes, signal, TEN } from './runs.ts';

const LOST = 'the lease was lost: not renewed in time';

describe('createLastCheck()', () => {
  test('createLastCheck() holds a write that is paused while it waits for its turn, settles its intent as skipped, and goes on', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    let paused: string | null = null;
    provider.waiting = ({ tag }) => {
      paused = tag === 'a' ? 'paused by cli' : null;
    };
    const told: string[] = [];

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: ({ tag }) => (tag === 'a' ? paused : null),
      onIntent: ({ tag }) => void told.push(`${tag} intended`),
      onOutcome: ({ tag }, { status }) => void told.push(`${tag} ${status}`),
    });

    expect(performed[0]?.outcome).toEqual({
      status: 'skipped',
      reason: 'paused by cli',
      held: true,
    });
    expect(told).toEqual(['a intended', 'a skipped', 'b intended', 'b applied']);
    expect(Object.fromEntries(provider.state)).toEqual({ b: '1' });
  });

  test('createLastCheck() writes nothing more once the lease ends while a write waits for its turn', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    let isLost = false;
    provider.waiting = () => {
      isLost = true;
    };

    const performed = await applyPlan(provider, plan, {
      signal,
      checkLease: () => {
        if (isLost) throw new Error('not renewed in time');
      },
      // Somebody whose lease is gone has no say about pauses either.
      hold: () => (isLost ? 'paused' : null),
    });

    const lost = { status: 'skipped', reason: LOST };
    expect(performed.map(({ outcome }) => outcome)).toEqual([lost, lost]);
    expect(provider.state.size).toBe(0);
  });

  test('createLastCheck() tells the provider CANCELLED, with the write and the reason', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });
    let isPaused = false;
    let thrown: unknown = null;
    const watched = withPerform(provider, async (...call) => {
      isPaused = true;
      return await provider.perform(...call).catch((error: unknown) => {
        thrown = error;
        throw error;
      });
    });

    await applyPlan(watched, plan, { signal, hold: () => (isPaused ? 'paused by cli' : null) });

    expect(thrown).toBeInstanceOf(ReconcileError);
    expect(thrown).toMatchObject({
      code: 'CANCELLED',
      message: `Cannot add "a" at "${plan.target.account}/${plan.target.path}": paused by cli, leave to write was wanted`,
    });
  });

  test.each([
    ['a pause', false, { status: 'applied', attempts: 1 }],
    ['a lost lease', true, { status: 'skipped', reason: LOST }],
  ] as const)(
    'createLastCheck() is asked whether a half of a write may be ended, after %s (lease lost: %s)',
    async (_what, isLeaseLost, outcome) => {
      const { provider, plan } = anImage({}, { ensure: { a: '1' } });
      let isHalfDone = false;
      const inTwo = withPerform(provider, async (_target, _operation, check) => {
        check();
        isHalfDone = true;
        (check.ending ?? check)();
        return { attempts: 1 };
      });

      const performed = await applyPlan(inTwo, plan, {
        signal,
        checkLease: () => {
          if (isHalfDone && isLeaseLost) throw new Error('not renewed in time');
        },
        hold: () => (isHalfDone ? 'paused by cli' : null),
      });

      expect(performed[0]?.outcome).toEqual(outcome);
    },
  );

  test('createLastCheck() leaves a failure a failure when the write was let through', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1' } });
    provider.before = (call) => {
      if (call === 'add a') throw new ReconcileError('PROVIDER_UNAVAILABLE', 'no answer');
    };

    const performed = await applyPlan(provider, plan, {
      signal,
      checkLease: () => undefined,
      hold: () => null,
    });

    expect(performed[0]?.outcome).toMatchObject({ status: 'failed', code: 'PROVIDER_UNAVAILABLE' });
  });

  test('createLastCheck() lets what depends on a write held at the last moment count as held', async () => {
    const { provider, plan } = aRepository();
    let isPaused = false;
    provider.waiting = () => {
      isPaused = true;
    };

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: ({ type }) => (isPaused && type === 'copy' ? 'paused' : null),
    });

    expect(performed.map(({ outcome }) => outcome)).toEqual(
      plan.operations.map(() => expect.objectContaining({ status: 'skipped', held: true })),
    );
  });

  test('createLastCheck() leaves a pair out that its worker may not put back any more, and settles it as skipped', async () => {
    const { provider, plan } = anImage(TEN, { rename: [{ from: 'k0', to: 'a' }] });
    let isLost = false;
    provider.waiting = ({ type, tag }) => {
      if (type === 'add' && tag === 'a') throw new ReconcileError('PROVIDER_REJECTED', 'no');
      isLost = tag === 'k0' && type === 'add';
    };
    const told: string[] = [];

    const performed = await applyPlan(provider, plan, {
      signal,
      checkLease: () => {
        if (isLost) throw new Error('not renewed in time');
      },
      onOutcome: ({ type, tag }, { status }) => void told.push(`${type} ${tag} ${status}`),
    });

    expect(provider.state.has('k0')).toBe(false);
    expect(outcomes(performed)).toEqual(['delete k0 applied', 'add a failed']);
    expect(told).toContain('add k0 skipped');
    expect(performed[1]?.outcome).toMatchObject({ error: expect.stringContaining(LOST) });
  });
});
