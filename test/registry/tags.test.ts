import { describe, expect, test } from 'vitest';
import { listRegistryTags, readRegistryTag } from '../../src/registry/tags.ts';
import { manyTags, registryAt, registryBench, WEB } from './support/bench.ts';
import { startScripted } from './support/scripted.ts';

const OCI = [{ name: WEB.path, tags: manyTags(20) }];

describe('listRegistryTags()', () => {
  test('listRegistryTags() gives every tag its digest, one HEAD a tag', async () => {
    const { registry, signal, simulator } = await registryBench({ oci: OCI });

    const { tags } = await listRegistryTags(registry, WEB, signal);

    const expected = simulator.world.ociTags(WEB.path);
    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(expected);
    expect(simulator.requests.count('oci', 'HeadManifest')).toBe(20);
    expect(simulator.requests.count('oci', 'GetManifest')).toBe(0);
  });

  test('listRegistryTags() reads and hashes where HEAD names no digest, and asks HEAD no more', async () => {
    const { registry, signal, simulator, operations } = await registryBench({
      oci: OCI,
      switches: { digestHeader: false },
    });

    const { tags } = await listRegistryTags(registry, WEB, signal);
    await listRegistryTags(registry, WEB, signal);

    const expected = simulator.world.ociTags(WEB.path);
    expect(Object.fromEntries(tags.map(({ name, value }) => [name, value]))).toEqual(expected);
    // As many as were under way when the first answer came.
    expect(operations.filter((one) => one === 'HeadManifest 200').length).toBeLessThanOrEqual(8);
  });

  test('listRegistryTags() leaves out a tag that vanished after the list, when the registry says so', async () => {
    const { registry, signal, simulator } = await registryBench({
      oci: OCI,
      switches: { digestDeleteUntags: false },
    });
    const gone = await listRegistryTags(registry, WEB, signal);
    const digest = gone.tags[3]?.value ?? '';
    await fetch(`${simulator.endpoints.oci}/v2/${WEB.path}/manifests/${digest}`, {
      method: 'DELETE',
    });

    const { tags } = await listRegistryTags(registry, WEB, signal);

    expect(tags).toEqual(gone.tags.filter(({ value }) => value !== digest));
  });

  test('listRegistryTags() throws LISTING_INCOMPLETE for a 404 that is not the registry’s own', async () => {
    const url = await startScripted(({ url: path = '' }) =>
      path.includes('/tags/list')
        ? { body: '{"tags":["v1"]}' }
        : { status: 404, body: '<html>no such page</html>' },
    );
    const { registry } = registryAt(url);

    const listing = listRegistryTags(registry, WEB, new AbortController().signal);

    await expect(listing).rejects.toMatchObject({ code: 'LISTING_INCOMPLETE' });
  });

  test('listRegistryTags() uses what a GET finds when HEAD says there is nothing', async () => {
    const { registry, signal, simulator } = await registryBench({ oci: OCI });
    simulator.faults.add({ kind: 'status', operation: 'HeadManifest', status: 404 });

    const { tags } = await listRegistryTags(registry, WEB, signal);

    expect(tags).toHaveLength(20);
  });

  test.each(['list', 'null'] as const)(
    'listRegistryTags() lists a repository without tags as empty (%s)',
    async (emptyTags) => {
      const { registry, signal } = await registryBench({
        oci: [{ name: WEB.path, tags: {} }],
        switches: { emptyTags },
      });

      await expect(listRegistryTags(registry, WEB, signal)).resolves.toEqual({
        target: WEB,
        tags: [],
      });
    },
  );

  test.each(['before', 'reset', 'truncate', 'html', '429'] as const)(
    'listRegistryTags() gets over one %s and reports one that stays',
    async (kind) => {
      const { registry, signal, simulator } = await registryBench({ oci: OCI });
      simulator.faults.add({ kind, operation: 'ListTags' });

      const { tags } = await listRegistryTags(registry, WEB, signal);

      expect(tags).toHaveLength(20);
      simulator.faults.add({ kind, operation: 'ListTags', times: Number.POSITIVE_INFINITY });
      await expect(listRegistryTags(registry, WEB, signal)).rejects.toMatchObject({
        code: expect.stringMatching(/^PROVIDER_(?:UNAVAILABLE|THROTTLED|DOWN)$/),
      });
    },
  );

  test('listRegistryTags() refuses a path that is no repository before any request', async () => {
    const { registry, signal, operations } = await registryBench({ oci: OCI });

    const listing = listRegistryTags(registry, { account: 'mirror', path: 'Shop/../web' }, signal);

    await expect(listing).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(operations).toEqual([]);
  });
});

describe('readRegistryTag()', () => {
  test('readRegistryTag() reads one tag, and null for one that is not there', async () => {
    const { registry, signal, simulator } = await registryBench({ oci: OCI });

    const tag = await readRegistryTag(registry, WEB, 'v1', signal);

    expect(tag).toEqual({ name: 'v1', value: simulator.world.ociTags(WEB.path)['v1'] });
    await expect(readRegistryTag(registry, WEB, 'nope', signal)).resolves.toBeNull();
  });

  test.each(['', 'a:b', `sha256:${'0'.repeat(64)}`, '../v1', 'a'.repeat(129)])(
    'readRegistryTag() refuses the name "%s" before any request',
    async (name) => {
      const { registry, signal, operations } = await registryBench({ oci: OCI });

      await expect(readRegistryTag(registry, WEB, name, signal)).rejects.toMatchObject({
        code: 'PROVIDER_REJECTED',
      });
      expect(operations).toEqual([]);
    },
  );
});
