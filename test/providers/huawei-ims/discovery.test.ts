import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Discovered } from '../../../src/model/target.ts';
import type { DiscoveryHint, Provider } from '../../../src/providers/provider.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { allOf } from '../../support/pages.ts';
import { type Cloud, connect, IMAGE, startCloud } from './support/cloud.ts';

const BASIC: DiscoveryHint = { visibility: null, paths: null, facts: 'basic', tags: true };
const ALL: DiscoveryHint = { ...BASIC, facts: 'all' };

let cloud: Cloud;
/** Never asks again only because the machine is slow. */
let patient: Provider;

beforeEach(async () => {
  cloud = await startCloud();
  patient = connect({ ...cloud.account, timeoutMs: 20_000 });
});

afterEach(async () => {
  await patient.close();
  await cloud.close();
});

async function discover(
  hint: DiscoveryHint = BASIC,
  provider = patient,
): Promise<readonly Discovered[]> {
  return await allOf(provider.discover(hint, calm()));
}

function idOf(index: number): string {
  return `id-${String(index).padStart(5, '0')}`;
}

/** Each with a tag that says which it is, but for every tenth, which has none. */
function addImages(count: number): void {
  for (let index = 1; index <= count; index += 1) {
    const tags = index % 10 === 0 ? {} : { index: String(index) };
    cloud.simulator.world.addImage({ id: idOf(index), name: `image-${index}`, tags });
  }
}

function pathsOf(images: readonly Discovered[]): string[] {
  return images.map(({ target }) => target.path).toSorted();
}

/** What is told of tags must be what the world holds, whatever else went wrong. */
function expectTrueTags(images: readonly Discovered[]): void {
  for (const { target, tags = null } of images) {
    if (tags === null) continue;
    const told = Object.fromEntries(tags.map(({ name, value }) => [name, value]));
    expect(told).toEqual(cloud.simulator.world.imageTags(target.path));
  }
}

function requests(): Record<string, number> {
  return Object.fromEntries(
    ['ListImageByTags', 'ListImages', 'ListImageTags'].map((operation) => [
      operation,
      cloud.simulator.requests.count('ims', operation),
    ]),
  );
}

describe('createDiscovery() by the query', () => {
  test.each([
    [0, 2],
    [998, 1],
    [999, 1],
    [1_000, 2],
    [2_500, 3],
  ])('tells one image and %i more with their tags in %i requests', async (more, calls) => {
    addImages(more);

    const images = await discover();

    expect(new Set(pathsOf(images)).size).toBe(more + 1);
    expect(images).toHaveLength(more + 1);
    expect(images.every(({ tags = null }) => tags !== null)).toBe(true);
    expectTrueTags(images);
    expect(requests()).toEqual({ ListImageByTags: calls, ListImages: 0, ListImageTags: 0 });
  });

  test('tells id, name and status, and that there are further facts', async () => {
    const [image] = await discover();

    expect(image).toEqual({
      target: { account: 'north', path: IMAGE },
      attributes: { id: IMAGE, name: 'golden-debian', status: 'active' },
      isPartial: true,
      tags: ['key0', 'key1'].map((name) => ({
        name,
        value: 'value0',
        createdAt: null,
        updatedAt: null,
      })),
    });
  });

  test.each([
    { what: 'named images', hint: { paths: [IMAGE] } },
    { what: 'no tags', hint: { tags: false } },
  ])('is not asked for $what', async ({ hint }) => {
    const images = await discover({ ...BASIC, ...hint });

    expect(pathsOf(images)).toEqual([IMAGE]);
    expect(images[0]).not.toHaveProperty('tags');
    expect(requests()).toMatchObject({ ListImageByTags: 0, ListImages: 1 });
  });

  test('asks for six pages ahead and no more, whatever the caller does meanwhile', async () => {
    addImages(8_500);
    const asked = () => cloud.simulator.requests.count('ims', 'ListImageByTags');

    for await (const images of patient.discover(BASIC, calm())) {
      await expect.poll(asked, { timeout: 20_000 }).toBe(7);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(images).toHaveLength(1_000);
      break;
    }

    expect(asked()).toBe(7);
  });

  test('asks for no further page when the caller stops listening', async () => {
    addImages(9_500);

    for await (const images of patient.discover(BASIC, calm())) {
      expect(images).toHaveLength(1_000);
      break;
    }

    expect(cloud.simulator.requests.count('ims', 'ListImageByTags')).toBeLessThanOrEqual(7);
  });

  test.each(['before', 'hang', 'reset', 'truncate', 'html', '429'] as const)(
    'comes through "%s" on any page without a further list',
    async (kind) => {
      addImages(2_200);
      cloud.simulator.faults.add({ kind, operation: 'ListImageByTags', skip: 1, times: 2 });

      const images = await discover(BASIC, kind === 'hang' ? cloud.provider : patient);

      expect(new Set(pathsOf(images)).size).toBe(2_201);
      expectTrueTags(images);
      expect(requests()).toMatchObject({ ListImages: 0 });
    },
  );

  test.each(['before', 'truncate', 'html'] as const)(
    'meets the rest without tags when "%s" does not end',
    async (kind) => {
      addImages(1_200);
      cloud.simulator.faults.add({ kind, operation: 'ListImageByTags', skip: 1, times: 99 });

      const images = await discover();

      expect(images).toHaveLength(1_201);
      expect(new Set(pathsOf(images)).size).toBe(1_201);
      expect(images.filter(({ tags = null }) => tags !== null)).toHaveLength(1_000);
      expectTrueTags(images);
    },
  );

  test('throws when the account is throttled for good, rather than ask twice as much', async () => {
    addImages(1_200);
    cloud.simulator.faults.add({ kind: '429', operation: 'ListImageByTags', times: 99 });

    expect((await failureOf(discover())).code).toBe('PROVIDER_THROTTLED');
    expect(requests()).toMatchObject({ ListImages: 0 });
  });

  test.each(['cursor-loop', 'total-mismatch'] as const)(
    'asks the list of images, too, after "%s", and yields each image once',
    async (kind) => {
      addImages(2_200);
      cloud.simulator.faults.add({ kind, operation: 'ListImageByTags', times: 99 });

      const images = await discover();

      expect(images).toHaveLength(2_201);
      expect(new Set(pathsOf(images)).size).toBe(2_201);
      expectTrueTags(images);
      expect(requests()).toMatchObject({ ListImages: 5 });
    },
  );

  test('gives no tags of an image whose tags are null', async () => {
    addImages(20);
    cloud.simulator.faults.add({ kind: 'null-tags', operation: 'ListImageByTags', times: 1 });

    const images = await discover();

    expect(images).toHaveLength(21);
    expect(images.filter(({ tags = null }) => tags !== null)).toEqual([]);
  });

  test.each([
    {
      what: 'deleted, so that another one slips through',
      change: () => void cloud.simulator.world.removeImage(idOf(2_200)),
      missing: [] as string[],
    },
    {
      what: 'made, so that another one comes twice',
      change: () => void cloud.simulator.world.addImage({ id: 'new', name: 'new' }),
      missing: ['new'],
    },
  ])('loses none when an image is $what', async ({ change, missing }) => {
    addImages(2_200);
    const images: Discovered[] = [];

    for await (const page of patient.discover(BASIC, calm())) {
      // Before the second page, which is only about to be asked for.
      if (images.length === 0) change();
      images.push(...page);
    }

    const paths = new Set(pathsOf(images));
    const lost = [...cloud.simulator.world.images.keys()].filter((id) => !paths.has(id));
    expect(lost).toEqual([]);
    expect(images).toHaveLength(paths.size);
    const untold = images.filter(({ tags = null }) => tags === null);
    expect(pathsOf(untold)).toEqual(expect.arrayContaining(missing));
    expectTrueTags(images.filter(({ target }) => cloud.simulator.world.images.has(target.path)));
  });
});

describe('createDiscovery() by list and query', () => {
  test('joins all facts with the tags by id', async () => {
    addImages(1_200);

    const images = await discover(ALL);

    expect(images).toHaveLength(1_201);
    expect(images.every(({ tags = null, isPartial }) => tags !== null && !isPartial)).toBe(true);
    expect(images[0]?.attributes['osType']).toBe('Linux');
    expectTrueTags(images);
    expect(requests()).toEqual({ ListImageByTags: 2, ListImages: 3, ListImageTags: 0 });
  });

  test('keeps to a visibility, which the query does not know', async () => {
    cloud.simulator.world.addImage({ id: 'pub', name: 'pub', visibility: 'public' });

    const images = await discover({ ...BASIC, visibility: 'private' });

    expect(pathsOf(images)).toEqual([IMAGE]);
    expect(images[0]?.attributes['visibility']).toBe('private');
    expectTrueTags(images);
  });

  test('yields an image that the query does not name without tags', async () => {
    const stranger = { id: 'stranger', name: 'x', visibility: 'shared', owner: 'other' } as const;
    cloud.simulator.world.addImage({ ...stranger, tags: { a: 'b' } });

    const images = await discover(ALL);

    expect(images.find(({ target }) => target.path === 'stranger')).not.toHaveProperty('tags');
    expect(pathsOf(images)).toEqual([IMAGE, 'stranger']);
  });
});

describe('createDiscovery() where the query is not to be had', () => {
  test.each([400, 403, 404, 405])(
    'asks the list of images when the query answers %i, and does not ask again for an hour',
    async (status) => {
      const fault = { kind: 'status', operation: 'ListImageByTags', status, times: 99 } as const;
      cloud.simulator.faults.add(fault);

      const first = await discover();
      const second = await discover();

      expect(pathsOf(first)).toEqual([IMAGE]);
      expect(first[0]).not.toHaveProperty('tags');
      expect(first[0]?.attributes['osType']).toBe('Linux');
      expect(second).toEqual(first);
      expect(requests()).toMatchObject({ ListImageByTags: 1, ListImages: 2 });
    },
  );

  test('asks the query again after a fault, which says nothing of the region', async () => {
    const fault = { kind: 'status', operation: 'ListImageByTags', status: 500 } as const;
    cloud.simulator.faults.add({ ...fault, times: 99 });

    const first = await discover();
    cloud.simulator.faults.clear();
    const second = await discover();

    expect(first[0]).not.toHaveProperty('tags');
    expect(second[0]?.tags).toHaveLength(2);
  });
});
