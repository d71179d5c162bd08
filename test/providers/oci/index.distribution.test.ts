import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../../support/docker-registry.ts';
import { allOf } from '../../support/pages.ts';
import { aCopy, aDelete } from '../../support/provider-bench.ts';
import {
  createPusher,
  DOCKER_LIST,
  type ImagePusher,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../support/registry-images.ts';
import { freely } from '../../support/write-check.ts';
import { at, learnedInMemory, ociBench } from './support/bench.ts';

const ABSENT = `sha256:${'0'.repeat(64)}`;

describe.skipIf(!hasDockerRegistry())('createOciProvider() at distribution', () => {
  let registry: DockerRegistry;
  let images: ImagePusher;
  let repositories = 0;
  const fresh = (): string => `shop/app-${(repositories += 1)}`;

  beforeAll(async () => {
    registry = await startDockerRegistry({});
    images = createPusher(registry.url);
  });

  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  test('createOciProvider() lists every tag with its digest', async () => {
    const { provider, signal } = ociBench(registry.url);
    const path = fresh();
    const digests = [];
    for (const tag of ['v2', 'v10', 'V1']) digests.push(await images.image(path, tag, { tag }));

    const { tags } = await provider.list(at(path), signal);

    expect(tags.map(({ name, value }) => ({ name, value }))).toEqual([
      { name: 'V1', value: digests[2] },
      { name: 'v10', value: digests[1] },
      { name: 'v2', value: digests[0] },
    ]);
  });

  test('createOciProvider() lists a repository without tags as empty and reports one that is not there', async () => {
    const { provider, signal } = ociBench(registry.url);
    const path = fresh();
    await registry.remove(path, await images.image(path, 'v1'));

    const { tags } = await provider.list(at(path), signal);

    expect(tags).toEqual([]);
    await expect(provider.list(at(fresh()), signal)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
    await expect(provider.describe(at(fresh()), signal)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test.each([OCI_INDEX, DOCKER_LIST])(
    'createOciProvider() copies the exact bytes and type of an index of %s',
    async (mediaType) => {
      const { provider, signal, perform } = ociBench(registry.url);
      const path = fresh();
      const type = mediaType === OCI_INDEX ? OCI_MANIFEST : DOCKER_MANIFEST;
      const child = await imageOf(images, path, type);
      const platform = { os: 'linux', architecture: 'arm64' };
      const manifests = [{ mediaType: type, digest: child.digest, size: child.size, platform }];
      const body = { schemaVersion: 2, mediaType, manifests, ' odd ': ' spacing' };
      const value = await images.manifest(path, 'v1', body, mediaType);

      const result = await perform(path, aCopy({ tag: 'stable', from: 'v1', value }));

      expect(result).toEqual({ attempts: 1 });
      expect(await images.bytes(path, 'stable')).toEqual(await images.bytes(path, 'v1'));
      expect((await images.bytes(path, 'stable')).type).toBe(mediaType);
      expect(await provider.read(at(path), 'stable', signal)).toEqual({ name: 'stable', value });
    },
  );

  test('createOciProvider() does not copy over a name that was bound meanwhile, but replaces one the plan names', async () => {
    const { perform } = ociBench(registry.url);
    const path = fresh();
    const v1 = await images.image(path, 'v1', { tag: 1 });
    const v2 = await images.image(path, 'v2', { tag: 2 });
    await images.image(path, 'stable', { tag: 2 });
    const stable = (await images.digest(path, 'stable')) ?? '';

    const blind = perform(path, aCopy({ tag: 'stable', from: 'v1', value: v1 }));

    await expect(blind).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await images.digest(path, 'stable')).toBe(stable);
    await perform(path, aCopy({ tag: 'stable', from: 'v1', value: v1, replaces: stable }));
    expect(await images.digest(path, 'stable')).toBe(v1);
    expect(await images.digest(path, 'v2')).toBe(v2);
  });

  test('createOciProvider() does not copy content that is gone', async () => {
    const { perform } = ociBench(registry.url);
    const path = fresh();
    await images.image(path, 'v1');

    const copied = perform(path, aCopy({ tag: 'stable', from: 'v1', value: ABSENT }));

    await expect(copied).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test('createOciProvider() deletes one of three tags of a digest and leaves the others', async () => {
    const memory = learnedInMemory();
    const { provider, signal, perform, operations } = ociBench(
      registry.url,
      {},
      { learnedFacts: memory },
    );
    const path = fresh();
    const digest = await images.image(path, 'v1');
    await perform(path, aCopy({ tag: 'v1.0', from: 'v1', value: digest }));
    await perform(path, aCopy({ tag: 'latest', from: 'v1', value: digest }));

    await perform(path, aDelete({ tag: 'v1.0', replaces: digest }));

    expect(await images.tags(path)).toEqual(['latest', 'v1']);
    expect(await images.digest(path, 'latest')).toBe(digest);
    expect([...memory.facts.values()]).toEqual(['by-digest']);
    const before = operations.length;
    await perform(path, aDelete({ tag: 'latest', replaces: digest }));
    expect(operations.slice(before).filter((name) => name === 'DeleteManifest')).toHaveLength(1);
    expect(await images.tags(path)).toEqual(['v1']);
    await expect(perform(path, aDelete({ tag: 'latest' }))).resolves.toEqual({ attempts: 0 });
    expect((await provider.list(at(path), signal)).tags).toHaveLength(1);
  });

  test('createOciProvider() does not delete a tag that was pushed meanwhile', async () => {
    const { perform } = ociBench(registry.url);
    const path = fresh();
    const listed = await images.image(path, 'v1', { tag: 1 });
    const pushed = await images.image(path, 'v1', { tag: 2 });

    const deleted = perform(path, aDelete({ tag: 'v1', replaces: listed }));

    await expect(deleted).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await images.digest(path, 'v1')).toBe(pushed);
    expect(await images.tags(path)).toEqual(['v1']);
  });

  test('createOciProvider() asks the last check before every request that writes', async () => {
    const { provider, signal, requests } = ociBench(registry.url);
    const path = fresh();
    const value = await images.image(path, 'v1');
    const closed = () => {
      throw new Error('held');
    };

    const copied = provider.perform(at(path), aCopy({ value }), closed, signal);

    await expect(copied).rejects.toThrow('held');
    const deleted = provider.perform(at(path), aDelete({ replaces: value }), closed, signal);
    await expect(deleted).rejects.toThrow('held');
    expect(requests.filter((request) => !/^(?:GET|HEAD)/.test(request))).toEqual([]);
    await expect(
      provider.perform(at(path), aCopy({ value }), freely, signal),
    ).resolves.toBeDefined();
  });

  test('createOciProvider() discovers the repositories of the catalog, and takes named ones as they are', async () => {
    const { provider, signal } = ociBench(registry.url);
    const path = fresh();
    await images.image(path, 'v1');
    const all = await allOf(provider.discover({ visibility: null, paths: null }, signal));
    const paths = ['not/there'];
    const named = await allOf(provider.discover({ visibility: null, paths }, signal));

    const attributes = { namespace: 'shop', name: path.slice('shop/'.length) };
    expect(all).toContainEqual({ target: at(path), attributes });
    expect(named.map(({ target }) => target)).toEqual([at('not/there')]);
    await expect(provider.describe(at(path), signal)).resolves.toMatchObject({ namespace: 'shop' });
  });

  test('createOciProvider() keeps a name when the registry refuses all deletes', async () => {
    await using locked = await startDockerRegistry({ deletes: false });
    const pusher = createPusher(locked.url);
    const { perform } = ociBench(locked.url);
    const digest = await pusher.image('shop/web', 'v1');

    const deleted = perform('shop/web', aDelete({ replaces: digest }));

    await expect(deleted).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    await expect(deleted).rejects.toThrow(/storage\.delete\.enabled/);
    expect(await pusher.tags('shop/web')).toEqual(['v1']);
    expect(await pusher.digest('shop/web', 'v1')).toBe(digest);
  });
});

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** An image without a tag, of the type given. */
async function imageOf(images: ImagePusher, path: string, mediaType: string) {
  const data = Buffer.from('{"architecture":"arm64","os":"linux"}');
  const layer = Buffer.alloc(1_024);
  const isDocker = mediaType === DOCKER_MANIFEST;
  const kind = isDocker
    ? [
        'application/vnd.docker.container.image.v1+json',
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
      ]
    : ['application/vnd.oci.image.config.v1+json', 'application/vnd.oci.image.layer.v1.tar'];
  const body = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: kind[0], digest: await images.blob(path, data), size: data.length },
    layers: [{ mediaType: kind[1], digest: await images.blob(path, layer), size: layer.length }],
  };
  const size = JSON.stringify(body).length;
  return { digest: await images.manifest(path, null, body, mediaType), size };
}
