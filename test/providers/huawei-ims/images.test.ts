import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Discovered } from '../../../src/model/target.ts';
import type { DiscoveryHint } from '../../../src/providers/provider.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { startScriptedServer } from '../../http/support/scripted-server.ts';
import { allOf } from '../../support/pages.ts';
import { type Cloud, connect, IMAGE, imsAccount, startCloud, TARGET } from './support/cloud.ts';

const EVERYTHING: DiscoveryHint = { visibility: null, paths: null };

let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(() => cloud.close());

async function discover(hint: DiscoveryHint = EVERYTHING): Promise<readonly Discovered[]> {
  return await allOf(cloud.provider.discover(hint, calm()));
}

function addImages(count: number): void {
  for (let index = 1; index <= count; index += 1) {
    const id = `id-${String(index).padStart(5, '0')}`;
    cloud.simulator.world.addImage({ id, name: `image-${index}` });
  }
}

describe('discover()', () => {
  test.each([
    [0, 1],
    [498, 1],
    [499, 2],
    [1_200, 3],
  ])('streams one image and %i more in %i requests', async (more, requests) => {
    addImages(more);

    const images = await discover();

    expect(new Set(images.map(({ target }) => target.path)).size).toBe(more + 1);
    expect(cloud.simulator.requests.count('ims', 'ListImages')).toBe(requests);
  });

  test.each([
    ['private', 'private'],
    ['public', 'gold'],
    ['shared', 'shared'],
  ] as const)('asks for %s images only', async (visibility, imageType) => {
    cloud.simulator.world.addImage({ id: 'pub', name: 'pub', visibility: 'public' });
    cloud.simulator.world.addImage({ id: 'sha', name: 'sha', visibility: 'shared' });

    const images = await discover({ visibility, paths: null });

    expect(images).toHaveLength(1);
    const path = images[0]?.target.path ?? '';
    expect(cloud.simulator.world.images.get(path)?.imageType).toBe(imageType);
  });

  test('looks up named images by id, one request each, and keeps one that is gone', async () => {
    addImages(60);
    const paths = [IMAGE, 'id-00007', 'gone', ...Array.from({ length: 50 }, () => 'id-00001')];

    const images = await discover({ visibility: null, paths });

    expect(images.map(({ target }) => target.path)).toEqual(paths);
    expect(images[0]?.attributes['name']).toBe('golden-debian');
    expect(images[2]?.attributes).toEqual({ id: 'gone' });
    expect(cloud.simulator.requests.total).toBe(paths.length);
  });

  test('stops asking when the caller stops listening', async () => {
    addImages(1_200);

    for await (const images of cloud.provider.discover(EVERYTHING, calm())) {
      expect(images).toHaveLength(500);
      break;
    }

    expect(cloud.simulator.requests.total).toBe(1);
  });

  test('throws LISTING_INCOMPLETE when the marker is not honored', async () => {
    addImages(1_200);
    cloud.simulator.faults.add({ kind: 'cursor-loop', operation: 'ListImages', skip: 1 });

    expect((await failureOf(discover())).code).toBe('LISTING_INCOMPLETE');
  });

  test.each([400, 404])(
    'throws LISTING_INCOMPLETE when a further page is refused with %i',
    async (status) => {
      addImages(600);
      cloud.simulator.faults.add({ kind: 'status', operation: 'ListImages', skip: 1, status });

      expect((await failureOf(discover())).code).toBe('LISTING_INCOMPLETE');
    },
  );

  test('reports a refused first page as what it is', async () => {
    cloud.simulator.faults.add({ kind: 'status', operation: 'ListImages', status: 400 });

    expect((await failureOf(discover())).code).toBe('PROVIDER_REJECTED');
  });

  test.each(['before', 'hang', 'reset', 'truncate', 'html', '429'] as const)(
    'comes through "%s" on any page, and is an error when it does not end',
    async (kind) => {
      addImages(600);
      cloud.simulator.faults.add({ kind, operation: 'ListImages', skip: 1, times: 2 });
      const images = await discover();
      cloud.simulator.faults.add({ kind, operation: 'ListImages', skip: 1, times: 99 });
      const error = await failureOf(discover());

      expect(images).toHaveLength(601);
      expect(['PROVIDER_UNAVAILABLE', 'PROVIDER_THROTTLED']).toContain(error.code);
    },
  );

  test.each(['{"images":null}', '{"images":[{"name":"no id"}]}', '{}'])(
    'throws LISTING_INCOMPLETE for %s',
    async (body) => {
      const server = await startScriptedServer();
      server.answer({ status: 200, body });
      const provider = connect(imsAccount(server.url));

      const error = await failureOf(allOf(provider.discover(EVERYTHING, calm())));
      await provider.close();
      await server.close();

      expect(error.code).toBe('LISTING_INCOMPLETE');
    },
  );
});

describe('describe()', () => {
  test('tells the facts of one image in one request', async () => {
    const attributes = await cloud.provider.describe(TARGET, calm());

    expect(attributes).toEqual({
      id: IMAGE,
      name: 'golden-debian',
      visibility: 'private',
      status: 'active',
      osType: 'Linux',
      osBit: '64',
      osVersion: 'Debian GNU/Linux 12 64bit',
      platform: 'Debian',
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
      minDisk: '40',
      enterpriseProjectId: '0',
    });
    expect(cloud.simulator.requests.total).toBe(1);
  });

  test.each([
    [{ __support_arm: 'true' }, { architecture: 'arm' }],
    [{ architecture: 'x86' }, { architecture: 'x86' }],
    [{ __support_arm: 'false', name: '', status: null }, {}],
    [{ __originalimagename: 'parent' }, { sourceImageId: 'parent' }],
  ])('reads %j as %j', async (record, facts) => {
    const server = await startScriptedServer();
    server.answer({ status: 200, body: JSON.stringify({ images: [{ id: IMAGE, ...record }] }) });
    const provider = connect(imsAccount(server.url));

    const attributes = await provider.describe(TARGET, calm());
    await provider.close();
    await server.close();

    expect(attributes).toEqual({ id: IMAGE, ...facts });
  });

  test('throws PROVIDER_NOT_FOUND for an image that is not listed', async () => {
    const error = await failureOf(cloud.provider.describe({ ...TARGET, path: 'gone' }, calm()));

    expect(error.code).toBe('PROVIDER_NOT_FOUND');
  });
});
