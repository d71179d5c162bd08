import { describe, expect, test } from 'vitest';
import { type ErrorCode, ReconcileError } from '../../src/model/errors.ts';
import type { RegistryContent } from '../../src/model/promotion.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { withRefusalsTold } from '../../src/providers/refusals.ts';
import { batching } from '../apply/batches.ts';
import { createMemoryProvider } from '../support/memory-provider.ts';
import { allOf } from '../support/pages.ts';
import { RESOURCE_CAPABILITIES } from '../support/policies.ts';
import { aDelete, aPromote } from '../support/provider-bench.ts';
import { digestOf, labels } from '../support/tags.ts';
import { freely } from '../support/write-check.ts';

const target = { account: 'ims-north', path: 'image-1' };
const { signal } = new AbortController();

/** An image whose cloud answers every call with this error, and what is told of it. */
function aRefusedImage(code: ErrorCode) {
  const image = batching(createMemoryProvider(labels({ a: '1', b: '1' }), RESOURCE_CAPABILITIES));
  const refuse = async (): Promise<never> =>
    await Promise.reject(new ReconcileError(code, 'Cannot do this'));
  const told: string[] = [];
  const refused: Provider = {
    ...image,
    discover: async function* () {
      yield await refuse();
    },
    describe: refuse,
    list: refuse,
    read: refuse,
    perform: refuse,
    transfer: refuse,
  };
  return { told, provider: withRefusalsTold(refused, (reason) => told.push(reason)) };
}

const CALLS: Readonly<Record<string, (provider: Provider) => Promise<unknown>>> = {
  discover: async (provider) =>
    await allOf(provider.discover({ visibility: null, paths: null }, signal)),
  describe: async (provider) => await provider.describe(target, signal),
  list: async (provider) => await provider.list(target, signal),
  read: async (provider) => await provider.read(target, 'a', signal),
  perform: async (provider) =>
    await provider.perform(target, aDelete({ tag: 'a' }), freely, signal),
  transfer: async (provider) => {
    const operation = aPromote({ tag: 'a', source: target, from: 'a', value: digestOf('a') });
    await provider.transfer?.(target, { operation, content }, freely, signal);
  },
};

const content: RegistryContent = {
  registry: 'https://registry.example.com',
  readManifest: async () => ({ mediaType: 'text/plain', bytes: new Uint8Array() }),
  openBlob: async () => (async function* () {})(),
  listReferrers: async () => [],
};

describe('withRefusalsTold()', () => {
  test.each(Object.entries(CALLS))(
    'withRefusalsTold() tells a refused %s once, and throws it on',
    async (_, call) => {
      const { told, provider } = aRefusedImage('PROVIDER_AUTH');

      await expect(call(provider)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });

      expect(told).toEqual(['credentials']);
    },
  );

  test.each<[ErrorCode, readonly string[]]>([
    ['PROVIDER_FORBIDDEN', ['permission']],
    ['PROVIDER_UNAVAILABLE', []],
    ['GATE_REFUSED', []],
  ])('withRefusalsTold() takes %s for %j', async (code, reasons) => {
    const { told, provider } = aRefusedImage(code);

    await expect(provider.list(target, signal)).rejects.toMatchObject({ code });

    expect(told).toEqual(reasons);
  });

  test('withRefusalsTold() tells each operation that was refused within a batch', async () => {
    const image = batching(createMemoryProvider(labels({ a: '1', b: '1' }), RESOURCE_CAPABILITIES));
    const reason = new ReconcileError('PROVIDER_FORBIDDEN', 'Cannot delete');
    const batch = {
      types: new Set(['delete'] as const),
      limit: 2,
      perform: async () => [
        { status: 'rejected', reason } as const,
        { status: 'fulfilled', value: { attempts: 1 } } as const,
      ],
    };
    const told: string[] = [];
    const provider = withRefusalsTold({ ...image, batch }, (one) => told.push(one));
    const writes = ['a', 'b'].map((tag) => ({ operation: aDelete({ tag }), check: freely }));

    const results = await provider.batch?.perform(target, writes, signal);

    expect(results?.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(told).toEqual(['permission']);
  });
});
