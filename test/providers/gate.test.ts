import { describe, expect, test } from 'vitest';
import type { Capabilities } from '../../src/model/capabilities.ts';
import { ReconcileError } from '../../src/model/errors.ts';
import { MODES, type Mode } from '../../src/model/mode.ts';
import type { Operation, OperationType } from '../../src/model/plan.ts';
import { withGate } from '../../src/providers/gate.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { allOf } from '../support/pages.ts';
import { aCopy, aDelete, anAdd } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';

const signal = new AbortController().signal;
const target = { account: 'swr', path: 'shop/web' };

/** A provider that notes what reaches it. */
function aProvider(operations: readonly OperationType[] = ['add', 'copy', 'delete']) {
  const performed: Operation[] = [];
  const capabilities: Capabilities = {
    kind: 'image',
    operations: new Set(operations),
    missing: { copy: 'no tag can be created here' },
    maxTags: null,
    refuseName: () => null,
    refuseValue: () => null,
  };
  const provider: Provider = {
    name: 'huawei-swr',
    account: 'swr',
    capabilities,
    discover: async function* () {
      yield [{ target, attributes: {} }];
    },
    describe: async () => ({ name: 'web' }),
    list: async () => ({ target, tags: [] }),
    read: async (_, name) => ({ name, value: null }),
    perform: async (_, operation) => {
      performed.push(operation);
      return { attempts: 1 };
    },
    close: async () => {
      performed.length = 0;
    },
  };
  return { provider, performed };
}

/** `performed`, or the code it was refused with. */
async function tryPerform(provider: Provider, operation: Operation): Promise<string> {
  try {
    await provider.perform(target, operation, freely, signal);
    return 'performed';
  } catch (error) {
    return error instanceof ReconcileError ? error.code : String(error);
  }
}

const OPERATIONS = {
  'add of a free name': anAdd({ tag: 'x' }),
  'add over a value': anAdd({ tag: 'x', replaces: 'old' }),
  'copy to a free name': aCopy({ tag: 'x' }),
  'copy over a value': aCopy({ tag: 'x', replaces: 'old' }),
  delete: aDelete({ tag: 'x' }),
  'delete of a known value': aDelete({ tag: 'x', replaces: 'old' }),
} as const;

const CREATES = ['add of a free name', 'copy to a free name'];
const UPSERTS = [...CREATES, 'add over a value', 'copy over a value'];
const ALLOWED: Readonly<Record<Mode, readonly string[]>> = {
  observe: [],
  'create-only': CREATES,
  'upsert-only': UPSERTS,
  sync: Object.keys(OPERATIONS),
};

const MODE_TABLE = MODES.flatMap((mode) =>
  Object.entries(OPERATIONS).map(([name, operation]) => ({
    mode,
    name,
    operation: { ...operation, mode },
    allowed: ALLOWED[mode].includes(name),
  })),
);

describe('withGate()', () => {
  test.each(MODE_TABLE)(
    'withGate() in mode $mode lets through "$name": $allowed',
    async ({ operation, allowed }) => {
      const { provider, performed } = aProvider();

      const outcome = await tryPerform(withGate(provider, { protect: [] }), operation);

      expect(outcome).toBe(allowed ? 'performed' : 'GATE_REFUSED');
      expect(performed).toHaveLength(allowed ? 1 : 0);
    },
  );

  test.each([
    [['v*'], 'v1', false],
    [['v*'], 'w1', true],
    [['team/*'], 'team/a/b', true],
    [['*'], 'a/b', true],
    [['**'], 'a/b', false],
    [['x', 'v1'], 'v1', false],
    [['v[0-9'], 'w1', false],
    [['', 'y'], 'w1', false],
    [[], 'v1', true],
  ])(
    'withGate() protecting %j lets a delete of "%s" through: %s',
    async (protect, tag, allowed) => {
      const { provider, performed } = aProvider();

      const outcome = await tryPerform(withGate(provider, { protect }), aDelete({ tag }));

      expect(outcome).toBe(allowed ? 'performed' : 'GATE_REFUSED');
      expect(performed).toHaveLength(allowed ? 1 : 0);
    },
  );

  test('withGate() adds to the protection of the gate it wraps', async () => {
    const { provider } = aProvider();
    const gated = withGate(withGate(provider, { protect: ['v*'] }), { protect: ['w*'] });

    await expect(gated.perform(target, aDelete({ tag: 'v1' }), freely, signal)).rejects.toThrow(
      'protected',
    );
    await expect(gated.perform(target, aDelete({ tag: 'w1' }), freely, signal)).rejects.toThrow(
      'protected',
    );
    await expect(
      gated.perform(target, aDelete({ tag: 'x1' }), freely, signal),
    ).resolves.toBeDefined();
  });

  test('withGate() lets a copy read from a protected name', async () => {
    const { provider } = aProvider();
    const gated = withGate(provider, { protect: ['v1'] });

    await expect(
      gated.perform(target, aCopy({ from: 'v1', tag: 'x' }), freely, signal),
    ).resolves.toBeDefined();
  });

  test.each<[string, Operation]>([
    ['delete', aDelete({ tag: '' })],
    ['delete', aDelete({ tag: ' \t' })],
    ['add', anAdd({ tag: '' })],
    ['copy', aCopy({ tag: '' })],
    ['copy', aCopy({ from: ' ' })],
  ])('withGate() refuses a %s with an empty name', async (_, operation) => {
    const { provider, performed } = aProvider();

    const result = withGate(provider, { protect: [] }).perform(target, operation, freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    expect(performed).toEqual([]);
  });

  test('withGate() refuses what the provider cannot do, with the reason', async () => {
    const { provider, performed } = aProvider(['delete']);
    const gated = withGate(provider, { protect: [] });

    await expect(gated.perform(target, aCopy(), freely, signal)).rejects.toThrow(
      'no tag can be created here',
    );
    await expect(gated.perform(target, anAdd(), freely, signal)).rejects.toThrow('has no add');
    expect(performed).toEqual([]);
  });

  test('withGate() names target, tag, policy and mode', async () => {
    const { provider } = aProvider();
    const operation = aDelete({ tag: 'v1', mode: 'observe' });

    const result = withGate(provider, { protect: [] }).perform(target, operation, freely, signal);

    await expect(result).rejects.toThrow(
      'Cannot delete tag "v1" of "swr/shop/web": policy "shop" has mode observe, one that allows a delete was wanted',
    );
  });

  test('withGate() passes everything but writes straight on', async () => {
    const { provider } = aProvider();
    const gated = withGate(provider, { protect: ['**'] });
    const hint = { visibility: null, paths: null };

    expect(await allOf(gated.discover(hint, signal))).toHaveLength(1);
    expect(await gated.describe(target, signal)).toEqual({ name: 'web' });
    expect(await gated.list(target, signal)).toEqual({ target, tags: [] });
    expect(await gated.read(target, 'v1', signal)).toEqual({ name: 'v1', value: null });
    await expect(gated.close()).resolves.toBeUndefined();
    expect(gated).toMatchObject({ name: 'huawei-swr', account: 'swr' });
  });
});
