import { describe, expect, test } from 'vitest';
import { ReconcileError } from '../../src/model/errors.ts';
import { Secret } from '../../src/model/secret.ts';
import type { SeedInput } from '../../src/simulator/seed.ts';
import { LOGIN, type RegistryBench, registryBench, WEB } from './support/bench.ts';
import { inventory, promote, RELEASE } from './support/promotion.ts';

type Image = Extract<
  NonNullable<NonNullable<SeedInput['oci']>[number]['tags']>[string],
  object
>['image'];

const PLATFORMS = ['linux/amd64', 'linux/arm64/v8'];
/** Two chunks of an upload. */
const LARGE = 5 * 1024 * 1024;
type Changes = NonNullable<Parameters<typeof registryBench>[0]['switches']>;

/** A registry with `shop/web:v1`. */
async function sourceBench(image: Image, switches: Changes = {}): Promise<RegistryBench> {
  const tags = { v1: { digest: 'one', image } };
  return await registryBench({ oci: [{ name: WEB.path, tags }], switches });
}

function digestOf({ simulator }: RegistryBench, path: string, tag: string): string | null {
  if (!simulator.world.ociRepositories.has(path)) return null;
  return simulator.world.ociTags(path)[tag] ?? null;
}

const valueOf = (bench: RegistryBench): string => digestOf(bench, WEB.path, 'v1') ?? '';

async function inventoryOf({ simulator }: RegistryBench, path: string, reference: string) {
  return await inventory(simulator.endpoints.oci, path, reference);
}

describe('transferToRegistry()', { timeout: 60_000 }, () => {
  test.each(['oci', 'docker'] as const)(
    'transferToRegistry() mounts blobs inside one registry and stores the children of an index of %s first, the name last',
    async (format) => {
      const bench = await sourceBench({ platforms: PLATFORMS, layerBytes: 64, format });
      const value = valueOf(bench);

      const result = await promote({ from: bench.registry, to: bench.registry }, { value });

      expect(await inventoryOf(bench, RELEASE.path, 'stable')).toEqual(
        await inventoryOf(bench, WEB.path, 'v1'),
      );
      const writes = bench.simulator.requests.list
        .filter(({ operation }) => /^(?:Mount|Start|Patch|Finish|Put)/.test(operation))
        .map(({ operation, status }) => `${operation} ${status}`);
      expect(writes).toEqual([
        'MountBlob 201',
        'MountBlob 201',
        'PutManifest 201',
        'MountBlob 201',
        'MountBlob 201',
        'PutManifest 201',
        'PutManifest 201',
      ]);
      expect(result).toEqual({ attempts: 7 });
      expect(bench.simulator.journal.entries.at(-1)).toMatchObject({ key: 'stable', after: value });
    },
  );

  test('transferToRegistry() asks for a token of both repositories to mount', async () => {
    const bench = await registryBench(
      { oci: [{ name: WEB.path, tags: { v1: 'one' } }], switches: { auth: 'bearer' } },
      { auth: { type: 'password', username: 'robot', password: new Secret(LOGIN.password) } },
    );

    await promote({ from: bench.registry, to: bench.registry }, { value: valueOf(bench) });

    expect(bench.operations.filter((one) => one.startsWith('MountBlob'))).toEqual([
      'MountBlob 201',
      'MountBlob 201',
    ]);
    expect(digestOf(bench, RELEASE.path, 'stable')).toBe(valueOf(bench));
  });

  test.each([0, LARGE])(
    'transferToRegistry() uploads a layer of %d bytes where the registry mounts nothing',
    async (layerBytes) => {
      const image = layerBytes === 0 ? {} : { layerBytes };
      const bench = await sourceBench(image, { mount: false, location: 'absolute' });

      await promote({ from: bench.registry, to: bench.registry }, { value: valueOf(bench) });

      expect(await inventoryOf(bench, RELEASE.path, 'stable')).toEqual(
        await inventoryOf(bench, WEB.path, 'v1'),
      );
      expect(bench.operations.filter((one) => one.startsWith('StartUpload'))).toEqual([]);
    },
  );

  test('transferToRegistry() sends no blob and no child again that is there', async () => {
    const [from, to] = await Promise.all([
      sourceBench({ platforms: PLATFORMS }),
      registryBench({}),
    ]);
    const value = valueOf(from);
    await promote({ from: from.registry, to: to.registry }, { value });
    const sent = to.operations.length;

    await promote({ from: from.registry, to: to.registry }, { value, tag: 'other' });
    const again = await promote({ from: from.registry, to: to.registry }, { value });

    const writes = to.operations.slice(sent).filter((one) => !/^(?:Head|Get)/.test(one));
    expect(writes).toEqual(['PutManifest 201']);
    expect(again).toEqual({ attempts: 0 });
  });

  test('transferToRegistry() follows a source that keeps its blobs elsewhere', async () => {
    const [from, to] = await Promise.all([
      sourceBench({ layerBytes: LARGE }, { blobRedirect: true }),
      registryBench({}),
    ]);

    await promote({ from: from.registry, to: to.registry }, { value: valueOf(from) });

    expect(await inventoryOf(to, RELEASE.path, 'stable')).toEqual(
      await inventoryOf(from, WEB.path, 'v1'),
    );
    expect(from.simulator.requests.count('oci', 'GetStoredBlob')).toBe(2);
  });

  test.each(['400', '404'] as const)(
    'transferToRegistry() pushes everything when the registry finds with %s that a blob is missing',
    async (missingBlobs) => {
      const [from, to] = await Promise.all([
        sourceBench({ platforms: PLATFORMS }),
        registryBench({ switches: { missingBlobs } }),
      ]);
      // The registry says of two blobs that are not there that they are.
      to.simulator.faults.add({ kind: 'truncate', operation: 'HeadBlob', times: 2 });

      await promote({ from: from.registry, to: to.registry }, { value: valueOf(from) });

      expect(await inventoryOf(to, RELEASE.path, 'stable')).toEqual(
        await inventoryOf(from, WEB.path, 'v1'),
      );
    },
  );

  test('transferToRegistry() goes on at the byte a registry has come to', async () => {
    const [from, to] = await Promise.all([sourceBench({ layerBytes: LARGE }), registryBench({})]);
    to.simulator.faults.add({ kind: 'reset-after', operation: 'PatchUpload' });

    await promote({ from: from.registry, to: to.registry }, { value: valueOf(from) });

    const uploads = to.operations.filter((one) => /Upload/.test(one));
    expect(uploads.filter((one) => one.startsWith('StartUpload'))).toHaveLength(2);
    expect(uploads.filter((one) => one.startsWith('PatchUpload'))).toEqual([
      'PatchUpload null',
      'PatchUpload 202',
    ]);
    expect(from.operations.filter((one) => one.startsWith('GetBlob'))).toHaveLength(2);
  });

  test.each([
    [1, null],
    [2, 'PROVIDER_UNAVAILABLE'],
  ])(
    'transferToRegistry() begins an upload that was lost %d times once more',
    async (times, code) => {
      const [from, to] = await Promise.all([sourceBench({ layerBytes: LARGE }), registryBench({})]);
      const lost = { kind: 'status', status: 404, code: 'BLOB_UPLOAD_UNKNOWN' } as const;
      to.simulator.faults.add({ ...lost, operation: 'PatchUpload', times });

      const promoted = await codeOf(
        promote({ from: from.registry, to: to.registry }, { value: valueOf(from) }),
      );

      expect(promoted).toBe(code);
      expect(digestOf(to, RELEASE.path, 'stable')).toBe(code === null ? valueOf(from) : null);
    },
  );
});

/** Code of the error; null: there is none. */
async function codeOf(promoted: Promise<unknown>): Promise<string | null> {
  try {
    await promoted;
    return null;
  } catch (error) {
    return error instanceof ReconcileError ? error.code : String(error);
  }
}
