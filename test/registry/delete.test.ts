import { describe, expect, test } from 'vitest';
import { copyRegistryTag } from '../../src/registry/copy.ts';
import { deleteRegistryTag } from '../../src/registry/delete.ts';
import { createDeleteMethods } from '../../src/registry/delete-method.ts';
import { aCopy, aDelete } from '../support/provider-bench.ts';
import { freely } from '../support/write-check.ts';
import { type RegistryBench, registryBench, WEB } from './support/bench.ts';

const SHARED = [
  { name: WEB.path, tags: { v1: 'same', 'v1.0': 'same', latest: 'same', v2: 'other' } },
];

/** The switches of each kind of registry, and how tags are deleted there. */
const KINDS = [
  ['deletes tags', {}, 'by-tag'],
  ['refuses tags with 405', { tagDelete: '405' }, 'by-digest'],
  ['refuses tags with 400', { tagDelete: '400' }, 'by-digest'],
  [
    'refuses tags and keeps the names of a digest',
    { tagDelete: '405', digestDeleteUntags: false },
    'by-digest',
  ],
] as const;

function deleting({ registry, signal }: RegistryBench) {
  const methods = createDeleteMethods(registry);
  return async (changes: Parameters<typeof aDelete>[0], check: () => void = freely) =>
    await deleteRegistryTag(registry, methods, WEB, { operation: aDelete(changes), check }, signal);
}

/** Names that answer, with their digests. */
async function boundTags({ simulator }: RegistryBench): Promise<Record<string, string>> {
  const bound: Record<string, string> = {};
  for (const name of Object.keys(simulator.world.ociTags(WEB.path))) {
    const url = `${simulator.endpoints.oci}/v2/${WEB.path}/manifests/${name}`;
    const response = await fetch(url, {
      method: 'HEAD',
      headers: { accept: '*/*, application/vnd.oci.image.manifest.v1+json' },
    });
    if (response.ok) bound[name] = response.headers.get('docker-content-digest') ?? '';
  }
  return bound;
}

describe('deleteRegistryTag()', () => {
  test.each(KINDS)(
    'deleteRegistryTag() leaves the siblings of a tag at a registry that %s',
    async (_what, switches) => {
      const bench = await registryBench({ oci: SHARED, switches });
      const before = await boundTags(bench);
      const { 'v1.0': _gone, ...others } = before;
      const remove = deleting(bench);

      await remove({ tag: 'v1.0', replaces: before['v1.0'] ?? null });

      expect(await boundTags(bench)).toEqual(others);
      await remove({ tag: 'v1', replaces: before['v1'] ?? null });
      await remove({ tag: 'latest', replaces: before['latest'] ?? null });
      expect(await boundTags(bench)).toEqual({ v2: before['v2'] });
      await expect(remove({ tag: 'latest' })).resolves.toBeDefined();
    },
  );

  test.each(KINDS)(
    'deleteRegistryTag() leaves a tag that somebody moved, at a registry that %s',
    async (_what, switches) => {
      const bench = await registryBench({ oci: SHARED, switches });
      const listed = (await boundTags(bench))['v1'] ?? '';
      const remove = deleting(bench);
      await remove({ tag: 'latest' });
      bench.simulator.world.setOciTag(WEB.path, 'v1', 'pushed since');
      // A delete by tag is compared by apply, right before; here it is the repeat that must not go blind.
      bench.simulator.faults.add({ kind: 'before', operation: 'DeleteTag' });

      const removed = remove({ tag: 'v1', replaces: listed });

      await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
      expect((await boundTags(bench))['v1']).not.toBe(listed);
    },
  );

  test.each(KINDS)(
    'deleteRegistryTag() settles a lost reply by a read at a registry that %s',
    async (_what, switches) => {
      const bench = await registryBench({ oci: SHARED, switches });
      const remove = deleting(bench);
      await remove({ tag: 'v2' });
      const { v1, ...others } = await boundTags(bench);
      for (const operation of ['DeleteTag', 'DeleteManifest']) {
        bench.simulator.faults.add({ kind: 'reset-after', operation });
      }
      bench.simulator.faults.add({ kind: 'after', operation: 'PutManifest' });

      await remove({ tag: 'v1', replaces: v1 ?? null });

      expect(await boundTags(bench)).toEqual(others);
    },
  );

  test.each(KINDS)(
    'deleteRegistryTag() proves how once, at a registry that %s, and leaves no scratch tag',
    async (_what, switches, method) => {
      const memory = new Map<string, string>();
      const learnedFacts = {
        learned: async (account: string, fact: string) => memory.get(`${account} ${fact}`) ?? null,
        learn: async (account: string, fact: string, value: string) =>
          void memory.set(`${account} ${fact}`, value),
      };
      const bench = await registryBench({ oci: SHARED, switches }, {}, { learnedFacts });
      const remove = deleting(bench);

      await Promise.all([remove({ tag: 'v1' }), remove({ tag: 'v2' }), remove({ tag: 'v1.0' })]);

      expect([...memory.values()]).toEqual([method]);
      expect(Object.keys(await boundTags(bench))).toEqual(['latest']);
      const sent = bench.operations.length;
      await deleting(bench)({ tag: 'latest' });
      const deletes = bench.operations.slice(sent).filter((one) => one.startsWith('Delete'));
      expect(deletes).toEqual(['DeleteManifest 202']);
    },
  );

  test('deleteRegistryTag() goes by digest when the registry stops to delete tags', async () => {
    const bench = await registryBench({ oci: SHARED });
    const remove = deleting(bench);
    await remove({ tag: 'v2' });
    const { v1: _gone, ...others } = await boundTags(bench);
    bench.simulator.world.switches.oci.tagDelete = '405';

    await remove({ tag: 'v1' });

    expect(await boundTags(bench)).toEqual(others);
  });

  test('deleteRegistryTag() writes nothing where no delete is allowed', async () => {
    const bench = await registryBench({
      oci: SHARED,
      switches: { tagDelete: '405', digestDelete: '405' },
    });
    const before = await boundTags(bench);

    const removed = deleting(bench)({ tag: 'v1' });

    await expect(removed).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    await expect(removed).rejects.toThrow(/mode: upsert-only/);
    expect(await boundTags(bench)).toEqual(before);
    expect(bench.simulator.requests.count('oci', 'PutManifest')).toBe(0);
  });

  test('deleteRegistryTag() puts the value back when the delete of its stand-in is refused', async () => {
    const bench = await registryBench({ oci: SHARED, switches: { tagDelete: '405' } });
    const remove = deleting(bench);
    await remove({ tag: 'v2' });
    const before = await boundTags(bench);
    bench.simulator.world.switches.oci.digestDelete = '405';

    await expect(remove({ tag: 'v1' })).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });

    expect(await boundTags(bench)).toEqual(before);
  });

  test.each(KINDS)(
    'deleteRegistryTag() sends nothing that writes once it is held, at a registry that %s',
    async (_what, switches) => {
      const bench = await registryBench({ oci: SHARED, switches });
      const before = await boundTags(bench);
      const held = () => {
        throw new Error('held');
      };

      await expect(deleting(bench)({ tag: 'v1' }, held)).rejects.toThrow('held');

      expect(await boundTags(bench)).toEqual(before);
      expect(bench.operations).toEqual([]);
    },
  );
});

describe('copyRegistryTag()', () => {
  const copying = ({ registry, signal }: RegistryBench, changes: Parameters<typeof aCopy>[0]) =>
    copyRegistryTag(registry, WEB, { operation: aCopy(changes), check: freely }, signal);

  test.each(['after', 'reset-after', 'before', 'reset', '429'] as const)(
    'copyRegistryTag() ends in one copy when a write meets %s',
    async (kind) => {
      const bench = await registryBench({ oci: SHARED });
      const { v2: value = '' } = await boundTags(bench);
      bench.simulator.faults.add({ kind, operation: 'PutManifest' });

      await copying(bench, { tag: 'stable', from: 'v2', value });

      expect((await boundTags(bench))['stable']).toBe(value);
    },
  );

  test('copyRegistryTag() does not repeat a write over what somebody else wrote', async () => {
    const bench = await registryBench({ oci: SHARED });
    const { v1 = '', v2 = '' } = await boundTags(bench);
    const { world, faults } = bench.simulator;
    faults.add({ kind: 'before', operation: 'PutManifest' });
    const retry = { ...bench, registry: bench.registry };
    world.setOciTag(WEB.path, 'latest', 'somebody');

    const copied = copying(retry, { tag: 'latest', from: 'v2', value: v2, replaces: v1 });

    await expect(copied).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect((await boundTags(bench))['latest']).not.toBe(v2);
  });

  test('copyRegistryTag() leaves a name that is pushed while the content is read', async () => {
    let push = (): void => {};
    const bench = await registryBench(
      { oci: SHARED },
      {},
      { onRequest: ({ operation }) => (operation === 'GetManifest' ? push() : undefined) },
    );
    const { world, requests } = bench.simulator;
    const { v1 = '', v2 = '' } = world.ociTags(WEB.path);
    push = () => world.setOciTag(WEB.path, 'latest', 'somebody');

    const copied = copying(bench, { tag: 'latest', from: 'v2', value: v2, replaces: v1 });

    await expect(copied).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(requests.count('oci', 'PutManifest')).toBe(0);
  });

  test.each([400, 403, 409, 412])(
    'copyRegistryTag() takes %i of a registry with immutable tags for final',
    async (immutableTags) => {
      const bench = await registryBench({ oci: SHARED, switches: { immutableTags } });
      const { v1 = '', v2 = '' } = await boundTags(bench);

      const copied = copying(bench, { tag: 'latest', from: 'v2', value: v2, replaces: v1 });

      await expect(copied).rejects.toMatchObject({
        code: immutableTags === 403 ? 'PROVIDER_FORBIDDEN' : 'PROVIDER_REJECTED',
      });
      expect(bench.simulator.requests.count('oci', 'PutManifest')).toBe(1);
    },
  );

  test('copyRegistryTag() is done when a free name has the content already', async () => {
    const bench = await registryBench({ oci: SHARED });
    const { v1 = '' } = await boundTags(bench);

    const result = await copying(bench, { tag: 'latest', from: 'v1', value: v1 });

    expect(result).toEqual({ attempts: 0 });
  });

  test('copyRegistryTag() reads back where the registry does not name what it stored', async () => {
    const bench = await registryBench({ oci: SHARED, switches: { digestHeader: false } });
    const { v2: value = '' } = bench.simulator.world.ociTags(WEB.path);

    await copying(bench, { tag: 'stable', from: 'v2', value });

    expect(bench.simulator.world.ociTags(WEB.path)['stable']).toBe(value);
    expect(bench.simulator.requests.count('oci', 'GetManifest')).toBeGreaterThan(1);
  });
});
