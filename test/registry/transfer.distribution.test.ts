import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RegistryContent } from '../../src/model/promotion.ts';
import { listReferrers } from '../../src/registry/referrers.ts';
import { createRegistryContent } from '../../src/registry/source.ts';
import {
  type DockerRegistry,
  hasDockerRegistry,
  startDockerRegistry,
} from '../support/docker-registry.ts';
import {
  createPusher,
  DOCKER_LIST,
  type ImagePusher,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../support/registry-images.ts';
import { registryAt } from './support/bench.ts';
import { inventory, promote } from './support/promotion.ts';

const MIB = 1024 * 1024;
const SIGNAL = new AbortController().signal;
const SLOW = { timeout: 60_000 };

describe.skipIf(!hasDockerRegistry())('transferToRegistry() at distribution', SLOW, () => {
  let here: DockerRegistry;
  let there: DockerRegistry;
  let images: ImagePusher;
  let repositories = 0;
  const fresh = (): string => `shop/app-${(repositories += 1)}`;

  beforeAll(async () => {
    [here, there] = await Promise.all([startDockerRegistry({}), startDockerRegistry({})]);
    images = createPusher(here.url);
  });

  afterAll(async () => {
    await Promise.all([here[Symbol.asyncDispose](), there[Symbol.asyncDispose]()]);
  });

  /** An index of two images; resolves to its digest. */
  async function pushIndex(path: string, mediaType: string): Promise<string> {
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const digest = await images.image(path, architecture, { architecture });
      const { data } = await images.bytes(path, architecture);
      const platform = { os: 'linux', architecture };
      manifests.push({ mediaType: OCI_MANIFEST, digest, size: data.length, platform });
    }
    const body = { schemaVersion: 2, mediaType, manifests, ' odd ': ' spacing' };
    return await images.manifest(path, 'v1', body, mediaType);
  }

  /** An image with a layer of random bytes; resolves to its digest. */
  async function pushLarge(path: string, size: number): Promise<string> {
    const layer = randomBytes(size);
    const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', path }));
    const describeBlob = async (mediaType: string, data: Buffer) => ({
      mediaType,
      digest: await images.blob(path, data),
      size: data.length,
    });
    return await images.manifest(path, 'v1', {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: await describeBlob(OCI_CONFIG, config),
      layers: [await describeBlob('application/vnd.oci.image.layer.v1.tar', layer)],
    });
  }

  test.each([OCI_INDEX, DOCKER_LIST])(
    'transferToRegistry() mounts inside one registry and uploads to another: an index of %s comes whole',
    async (mediaType) => {
      const path = fresh();
      const value = await pushIndex(path, mediaType);
      const from = registryAt(here.url);
      const to = registryAt(there.url);
      const source = { account: 'mirror', path };
      const target = { account: 'mirror', path: `release/${path}` };

      await promote({ from: from.registry, to: from.registry, target }, { value, source });
      await promote({ from: from.registry, to: to.registry, target }, { value, source });

      const wanted = await inventory(here.url, path, 'v1');
      expect(wanted).toHaveLength(7);
      expect(await inventory(here.url, target.path, 'stable')).toEqual(wanted);
      expect(await inventory(there.url, target.path, 'stable')).toEqual(wanted);
      const there_ = createPusher(there.url);
      expect(await there_.bytes(target.path, 'stable')).toEqual(await images.bytes(path, 'v1'));
      expect(from.operations.filter((one) => /Upload/.test(one))).toEqual([]);
      expect(from.operations.filter((one) => one === 'MountBlob 201')).toHaveLength(3);
      expect(to.operations.filter((one) => one === 'FinishUpload 201')).toHaveLength(3);
    },
  );

  test('transferToRegistry() brings signatures where the registry lists no referrers', async () => {
    const path = fresh();
    const value = await images.image(path, 'v1');
    const { data } = await images.bytes(path, 'v1');
    const config = await images.blob(path, Buffer.from('{}'));
    const signature = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.example.signature',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config, size: 2 },
      layers: [],
      subject: { mediaType: OCI_MANIFEST, digest: value, size: data.length },
    };
    const signed = await images.manifest(path, null, signature);
    const { data: bytes } = await images.bytes(path, signed);
    const list = { mediaType: OCI_MANIFEST, digest: signed, size: bytes.length };
    const tag = value.replace(':', '-');
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [list] };
    await images.manifest(path, tag, index, OCI_INDEX);
    await images.manifest(path, `${tag}.sig`, { ...signature, subject: undefined });
    const from = registryAt(here.url).registry;
    const to = registryAt(there.url).registry;
    const target = { account: 'mirror', path };

    await promote({ from, to, target }, { value, source: target, referrers: true });

    expect(await listReferrers(to, target, value, SIGNAL)).toEqual([signed]);
    const there_ = createPusher(there.url);
    expect(await there_.tags(path)).toEqual([tag, `${tag}.sig`, 'stable'].toSorted());
    expect(await there_.bytes(path, signed)).toEqual(await images.bytes(path, signed));
  });

  test('transferToRegistry() holds a chunk of a layer of 64 MiB at a time', async () => {
    const path = fresh();
    const value = await pushLarge(path, 64 * MIB);
    const from = registryAt(here.url);
    const to = registryAt(there.url);
    const target = { account: 'mirror', path };
    const real = createRegistryContent(from.registry);
    let read = 0;
    let most = 0;
    const content: Partial<RegistryContent> = {
      openBlob: async (...args) => {
        const stream = await real.openBlob(...args);
        return (async function* () {
          for await (const piece of stream) {
            read += piece.length;
            const taken = to.operations.filter((one) => one === 'PatchUpload 202').length;
            most = Math.max(most, read - taken * 4 * MIB);
            yield piece;
          }
        })();
      },
    };

    await promote(
      { from: from.registry, to: to.registry, target, content },
      { value, source: target },
    );

    expect(read).toBeGreaterThan(64 * MIB);
    expect(most).toBeLessThan(5 * MIB);
    expect(await inventory(there.url, path, 'stable')).toEqual(
      await inventory(here.url, path, 'v1'),
    );
  });

  test('transferToRegistry() goes on in the middle of a layer when the source and then the destination break off', async () => {
    const path = fresh();
    const value = await pushLarge(path, 13 * MIB);
    const breaking = { source: 6 * MIB, destination: 2 };
    const source = await startBreaking(here.url, (method, sent) => {
      if (method !== 'GET' || sent < breaking.source) return false;
      breaking.source = Number.POSITIVE_INFINITY;
      return true;
    });
    const destination = await startBreaking(there.url, (method, sent) => {
      if (method !== 'PATCH' || sent > 0) return false;
      breaking.destination -= 1;
      return breaking.destination === 0;
    });
    const from = registryAt(source);
    const to = registryAt(destination);
    const target = { account: 'mirror', path };

    await promote({ from: from.registry, to: to.registry, target }, { value, source: target });

    expect(await inventory(there.url, path, 'stable')).toEqual(
      await inventory(here.url, path, 'v1'),
    );
    expect(breaking).toEqual({ source: Number.POSITIVE_INFINITY, destination: expect.any(Number) });
    expect(to.operations).toContain('PatchUpload null');
    const config = 1;
    const reopened = from.operations.filter((one) => one.startsWith('GetBlob')).length - config;
    expect(reopened).toBeGreaterThan(1);
    expect(from.operations).toContain('GetBlob 206');
  });

  test('createRegistryContent() opens a blob at any byte of it', async () => {
    const path = fresh();
    const data = randomBytes(100_000);
    const digest = await images.blob(path, data);
    const content = createRegistryContent(registryAt(here.url).registry);
    const source = { account: 'mirror', path };

    for (const offset of [0, 1, 65_536, 99_999]) {
      const hash = createHash('sha256');
      const stream = await content.openBlob(source, { digest, offset }, SIGNAL);
      for await (const piece of stream) hash.update(piece);
      const wanted = createHash('sha256').update(data.subarray(offset)).digest('hex');
      expect(hash.digest('hex')).toBe(wanted);
    }

    const absent = { digest: `sha256:${'0'.repeat(64)}`, offset: 0 };
    await expect(content.openBlob(source, absent, SIGNAL)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
    await expect(content.readManifest(source, absent.digest, SIGNAL)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });
});

/**
 * A proxy that cuts the connection of an answer as soon as `cuts` says so, asked with what was sent of it so far; a request is
 * passed on whole before.
 */
async function startBreaking(
  url: string,
  cuts: (method: string, sent: number) => boolean,
): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', headers } = incoming;
    const onward = request(new URL(incoming.url ?? '/', url), { method, headers }, (answer) => {
      let sent = 0;
      if (cuts(method, sent)) {
        incoming.socket.resetAndDestroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('data', (piece: Buffer) => {
        sent += piece.length;
        if (cuts(method, sent)) incoming.socket.destroy();
        else outgoing.write(piece);
      });
      answer.on('end', () => outgoing.end());
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return `http://127.0.0.1:${address.port}`;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}
