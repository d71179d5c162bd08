import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import type { Operation, Plan } from '../../src/model/plan.ts';
import { createRecorder, type Recorder } from '../../src/service/history.ts';
import type { Store } from '../../src/store/store.ts';
import { anImage, failing, TEN } from '../apply/runs.ts';
import { IMAGE } from '../support/tags.ts';
import { aDelete, anAdd, storeBench } from './service-bench.ts';

const PASS = {
  target: IMAGE,
  cause: 'webhook',
  correlationId: 'event-1',
  revision: 'sha256:1',
} as const;

const signal = new AbortController().signal;

describe('createRecorder()', () => {
  const open = storeBench();

  function record(store: Pick<Store, 'intend' | 'settle' | 'endRun'>): Recorder {
    let ids = 0;
    const newId = (): string => `run-${(ids += 1)}`;
    return createRecorder({
      store,
      pass: PASS,
      newId,
      now: () => new Date('2026-06-01T00:00:00Z'),
    });
  }

  function aPlan(digest: string, ...operations: readonly Operation[]): Plan {
    const { plan } = anImage({}, {});
    return { ...plan, operations, digest: `sha256:${digest}` };
  }

  async function history(store: Store): Promise<readonly string[]> {
    const { items } = await store.runs({ target: IMAGE, after: null, limit: 10 });
    return items.map(
      ({ id, planDigest, endedAt, operations }) =>
        `${id} ${planDigest.slice(0, 9)} ${endedAt === null ? 'open' : 'ended'}: ${operations
          .map(({ operation, outcome }) => `${operation.type} ${operation.tag} ${outcome?.status}`)
          .join(', ')}`,
    );
  }

  test('createRecorder() writes the intent before the write and the outcome after it', async () => {
    const store = open();
    const recorder = record(store);
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    const seen: string[] = [];
    provider.before = (call) => void seen.push(call);

    await applyPlan(provider, plan, {
      signal,
      async onIntent(operation, of) {
        await recorder.onIntent(operation, of);
        seen.push(...(await history(store)));
      },
      onOutcome: recorder.onOutcome,
    });
    await recorder.end();

    const digest = plan.digest.slice(0, 9);
    expect(seen.slice(1)).toEqual([
      `run-1 ${digest} open: add a undefined`,
      'add a',
      `run-1 ${digest} open: add a applied, add b undefined`,
      'add b',
    ]);
    expect(await history(store)).toEqual([`run-1 ${digest} ended: add a applied, add b applied`]);
    expect(await store.run('run-1')).toMatchObject({ ...PASS, planDigest: plan.digest });
  });

  test('createRecorder() begins another run when the pass plans anew', async () => {
    const store = open();
    const recorder = record(store);
    const [first, second] = [anAdd('a'), anAdd('b')];

    await recorder.onIntent(first, aPlan('1', first));
    await recorder.onOutcome(first, { status: 'applied', attempts: 1 });
    await recorder.onIntent(second, aPlan('2', second));
    await recorder.end();

    expect(await history(store)).toEqual([
      'run-2 sha256:2 ended: add b undefined',
      'run-1 sha256:1 ended: add a applied',
    ]);
    expect(recorder.runId()).toBe('run-2');
  });

  test('createRecorder() leaves no run when nothing was written', async () => {
    const store = open();
    const recorder = record(store);

    await recorder.onOutcome(aDelete('a'), { status: 'skipped', reason: 'held', held: true });
    await recorder.end();

    expect(recorder.runId()).toBeNull();
    expect(await history(store)).toEqual([]);
  });

  test('createRecorder() tells a delete that was undone as the delete and the add they were', async () => {
    const store = open();
    const recorder = record(store);
    const { provider, plan } = anImage(TEN, { rename: [{ from: 'k0', to: 'a' }] });
    failing(provider, 'add a', 'PROVIDER_REJECTED');

    await applyPlan(provider, plan, {
      signal,
      onIntent: recorder.onIntent,
      onOutcome: recorder.onOutcome,
    });

    expect((await store.run('run-1'))?.operations).toMatchObject([
      { operation: { type: 'delete', tag: 'k0' }, outcome: { status: 'applied' } },
      { operation: { type: 'add', tag: 'a' }, outcome: { status: 'failed' } },
      { operation: { type: 'add', tag: 'k0', value: '0' }, outcome: { status: 'applied' } },
    ]);
  });

  test('createRecorder() keeps a write from being made that cannot be recorded', async () => {
    const { provider, plan } = anImage({}, { ensure: { a: '1', b: '1' } });
    const store = open();
    const recorder = record({
      ...store,
      intend: async () => await Promise.reject(new Error('down')),
    });

    const performed = await applyPlan(provider, plan, { signal, onIntent: recorder.onIntent });

    expect(provider.calls).toEqual(['list']);
    expect(performed.map(({ outcome }) => outcome)).toEqual([
      {
        status: 'failed',
        code: 'INTERNAL',
        error: expect.stringContaining('its intent was not recorded, so it was not written: down'),
      },
      { status: 'skipped', reason: 'add "a" failed with INTERNAL' },
    ]);
  });
});
