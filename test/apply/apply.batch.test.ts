import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import type { ApplyOptions } from '../../src/apply/options.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { batching, requestsOf } from './batches.ts';
import { anImage, failing, outcomes, signal, TEN } from './runs.ts';

const ABC = { ensure: { a: '1', b: '1', c: '1' } };
const X_Y = [
  { by: 'glob', glob: 'x' },
  { by: 'glob', glob: 'y' },
] as const;

function anImageWithBatch(...image: Parameters<typeof anImage>) {
  const { provider, plan } = anImage(...image);
  return { provider: batching(provider), plan };
}

describe('applyPlan() with a provider that has a call for several operations', () => {
  test('sends neighbours of one type together, on a listing of their own', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1', y: '1' }, { ...ABC, remove: X_Y });

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 5 }, () => ({ status: 'applied', attempts: 1 })),
    );
    expect(requestsOf(provider)).toEqual(['list', 'batch add a b c', 'list', 'batch delete x y']);
    expect(Object.fromEntries(provider.state)).toEqual(ABC.ensure);
  });

  test('looks anew before each batch', async () => {
    const { provider, plan } = anImage({}, { ensure: { ...ABC.ensure, d: '1' } });
    provider.before = (call) => {
      if (call === 'add b') provider.state.set('d', 'by somebody else');
    };

    const performed = await applyPlan(batching(provider, 2), plan, { signal });

    expect(requestsOf(provider)).toEqual(['list', 'batch add a b', 'list', 'add c']);
    expect(performed[3]?.outcome).toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test('sends one operation alone', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1' }, { ensure: { a: '1' }, remove: X_Y });

    await applyPlan(provider, plan, { signal });

    expect(requestsOf(provider)).toEqual(['list', 'add a', 'list', 'delete x']);
  });

  test('keeps each delete before the add it makes room for', async () => {
    const remove = [{ by: 'glob', glob: 'k*' }] as const;
    const { provider, plan } = anImageWithBatch(TEN, { ensure: { a: '1', b: '1' }, remove });

    await applyPlan(provider, plan, { signal });

    expect(requestsOf(provider).filter((call) => call !== 'list')).toEqual([
      'delete k0',
      'add a',
      'delete k1',
      'add b',
      'batch delete k2 k3 k4 k5 k6 k7 k8 k9',
    ]);
  });

  test('puts every intent on record before the request, and every outcome after it', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);

    await applyPlan(provider, plan, {
      signal,
      onIntent: ({ tag }) => void provider.calls.push(`intent ${tag}`),
      onOutcome: ({ tag }, { status }) => void provider.calls.push(`outcome ${tag} ${status}`),
    });

    expect(requestsOf(provider)).toEqual([
      'list',
      'intent a',
      'intent b',
      'intent c',
      'batch add a b c',
      'outcome a applied',
      'outcome b applied',
      'outcome c applied',
    ]);
  });

  test('leaves out the key that changed since the listing, alone, and deletes nothing after it', async () => {
    const { provider, plan } = anImageWithBatch({ b: '0', x: '1' }, { ...ABC, remove: X_Y });
    provider.state.set('b', 'by somebody else');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual([
      'add b failed',
      'add a applied',
      'add c applied',
      'delete x skipped',
    ]);
    expect(performed[0]?.outcome).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(requestsOf(provider)).toEqual(['list', 'batch add a c']);
    expect(provider.state.get('b')).toBe('by somebody else');
  });

  test('leaves out a key that is gone already', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1', y: '1', k: '1' }, { remove: X_Y });
    provider.state.delete('x');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[0]?.outcome).toEqual({ status: 'applied', attempts: 0 });
    expect(requestsOf(provider)).toEqual(['list', 'delete y']);
  });

  test('goes on with the other deletes where their listing failed once', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1', y: '1', k: '1' }, { remove: X_Y });
    let listings = 0;
    provider.before = (call) => {
      if (call !== 'list') return;
      listings += 1;
      provider.state.set('y', 'by somebody else');
      if (listings === 1) throw new ReconcileError('PROVIDER_UNAVAILABLE', 'down');
    };

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome)).toMatchObject([
      { status: 'failed', code: 'PROVIDER_UNAVAILABLE' },
      { status: 'failed', code: 'TARGET_CHANGED' },
    ]);
    expect(provider.state.size).toBe(3);
  });

  test.each<[string, ApplyOptions['hold'], number]>([
    ['before the look', ({ tag }) => (tag === 'b' ? 'paused' : null), 0],
    ['while it waits for its turn', undefined, 1],
  ])('holds one write of several back %s', async (_, hold, tried) => {
    const { provider, plan } = anImageWithBatch({}, ABC);
    let isPaused = false;
    provider.waiting = () => {
      isPaused = true;
    };

    const performed = await applyPlan(provider, plan, {
      signal,
      hold: hold ?? (({ tag }) => (isPaused && tag === 'b' ? 'paused' : null)),
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b skipped', 'add c applied']);
    expect(performed[1]?.outcome).toEqual({ status: 'skipped', reason: 'paused', held: true });
    expect(requestsOf(provider)[1]).toBe(tried === 1 ? 'batch add a b c' : 'batch add a c');
    expect(provider.state.has('b')).toBe(false);
  });

  test('takes what is held by the time the intents are on record out of the batch, and settles its intent', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);
    const told: string[] = [];

    await applyPlan(provider, plan, {
      signal,
      hold: ({ tag }) => (tag === 'b' && told.length === 3 ? 'paused' : null),
      onIntent: ({ tag }) => void told.push(`${tag} intended`),
      onOutcome: ({ tag }, { status }) => void told.push(`${tag} ${status}`),
    });

    expect(requestsOf(provider)).toEqual(['list', 'batch add a c']);
    expect(told.slice(3)).toEqual(['a applied', 'b skipped', 'c applied']);
  });

  test.each(['before', 'after'])(
    'writes nothing of it once the lease is lost %s the look',
    async (when) => {
      const { provider, plan } = anImageWithBatch({}, ABC);
      let isLost = when === 'before';
      provider.waiting = () => {
        isLost = true;
      };

      const performed = await applyPlan(provider, plan, {
        signal,
        checkLease: () => {
          if (isLost) throw new Error('taken over');
        },
      });

      const lost = { status: 'skipped', reason: 'the lease was lost: taken over' };
      expect(performed.map(({ outcome }) => outcome)).toEqual([lost, lost, lost]);
      expect(provider.state.size).toBe(0);
    },
  );

  test('writes what is on record and nothing else when an intent cannot be recorded', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);

    const performed = await applyPlan(provider, plan, {
      signal,
      onIntent: ({ tag }) => {
        if (tag === 'b') throw new ReconcileError('AUDIT_UNAVAILABLE', 'the disk is full');
      },
    });

    expect(outcomes(performed)).toEqual(['add a applied', 'add b failed', 'add c skipped']);
    expect(Object.fromEntries(provider.state)).toEqual({ a: '1' });
  });

  test('deletes nothing after an add of a batch that failed', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1', y: '1' }, { ...ABC, remove: X_Y });
    failing(provider, 'add b', 'PROVIDER_REJECTED');

    const performed = await applyPlan(provider, plan, { signal });

    expect(outcomes(performed)).toEqual([
      'add a applied',
      'add b failed',
      'add c applied',
      'delete x skipped',
      'delete y skipped',
    ]);
  });

  test('tries nothing after a batch in which the credential was refused', async () => {
    const { provider, plan } = anImageWithBatch({ x: '1', y: '1' }, { ...ABC, remove: X_Y });
    failing(provider, 'add b', 'PROVIDER_AUTH');

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed[3]?.outcome).toEqual({
      status: 'skipped',
      reason: 'add "b" failed with PROVIDER_AUTH',
    });
  });

  test('sends nothing once the run is cancelled', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);

    const performed = await applyPlan(provider, plan, { signal: AbortSignal.abort() });

    expect(outcomes(performed)).toEqual(['add a skipped', 'add b skipped', 'add c skipped']);
    expect(provider.calls).toEqual([]);
  });

  test('traces each write of a batch as one, failures as such', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);
    failing(provider, 'add b', 'PROVIDER_REJECTED');
    const traced: string[] = [];

    await applyPlan(provider, plan, {
      signal,
      during: async ({ tag }, work) => {
        traced.push(`${tag} begins`);
        return await work().finally(() => void traced.push(`${tag} ends`));
      },
    });

    expect(traced.slice(0, 3)).toEqual(['a begins', 'b begins', 'c begins']);
    expect(traced.slice(3).toSorted()).toEqual(['a ends', 'b ends', 'c ends']);
    expect(requestsOf(provider)).toEqual(['list', 'batch add a b c']);
  });

  test('calls it a fault of the provider when it says nothing of an operation', async () => {
    const { provider, plan } = anImageWithBatch({}, ABC);
    Object.assign(provider, { batch: { ...provider.batch, perform: () => Promise.resolve([]) } });

    const performed = await applyPlan(provider, plan, { signal });

    expect(performed.map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 3 }, () => ({
        status: 'failed',
        code: 'INTERNAL',
        error: 'the provider did not say what came of it',
      })),
    );
  });
});
