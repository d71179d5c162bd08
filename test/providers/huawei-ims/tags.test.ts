import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../../src/simulator/faults.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { startScriptedServer } from '../../http/support/scripted-server.ts';
import { freely } from '../../support/write-check.ts';
import {
  add,
  type Cloud,
  connect,
  IMAGE,
  imsAccount,
  remove,
  startCloud,
  TARGET,
} from './support/cloud.ts';

const TROUBLES: readonly FaultKind[] = [
  'before',
  'after',
  'hang',
  'hang-after',
  'reset',
  'reset-after',
  'truncate',
  'html',
  '429',
];

let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(() => cloud.close());

function imageTags(): Record<string, string> {
  return cloud.simulator.world.imageTags(IMAGE);
}

describe('list()', () => {
  test('reads all tags of an image in one request', async () => {
    const listing = await cloud.provider.list(TARGET, calm());

    expect(listing).toEqual({
      target: TARGET,
      tags: [
        { name: 'key0', value: 'value0', createdAt: null, updatedAt: null },
        { name: 'key1', value: 'value0', createdAt: null, updatedAt: null },
      ],
    });
    expect(cloud.simulator.requests.total).toBe(1);
  });

  test('is empty for an image without tags', async () => {
    cloud.simulator.world.deleteImageTag(IMAGE, 'key0');
    cloud.simulator.world.deleteImageTag(IMAGE, 'key1');

    expect((await cloud.provider.list(TARGET, calm())).tags).toEqual([]);
  });

  test.each(TROUBLES)('comes through two times "%s"', async (kind) => {
    cloud.simulator.faults.add({ kind, operation: 'ListImageTags', times: 2 });

    const { tags } = await cloud.provider.list(TARGET, calm());

    expect(tags).toHaveLength(2);
    expect(cloud.simulator.requests.count('ims')).toBe(3);
  });

  test.each(TROUBLES)(
    'is an error, never a shorter listing, when "%s" does not end',
    async (kind) => {
      cloud.simulator.faults.add({ kind, operation: 'ListImageTags', times: 99 });

      const error = await failureOf(cloud.provider.list(TARGET, calm()));

      expect(['PROVIDER_UNAVAILABLE', 'PROVIDER_THROTTLED']).toContain(error.code);
    },
  );

  test('throws LISTING_INCOMPLETE when tags is null', async () => {
    cloud.simulator.faults.add({ kind: 'null-tags', operation: 'ListImageTags' });

    expect((await failureOf(cloud.provider.list(TARGET, calm()))).code).toBe('LISTING_INCOMPLETE');
  });

  test.each([
    ['a missing list', '{}'],
    ['a key listed twice', '{"tags":[{"key":"a","value":"1"},{"key":"a","value":"1"}]}'],
    ['an empty key', '{"tags":[{"key":"","value":"1"}]}'],
    ['a missing value', '{"tags":[{"key":"a"}]}'],
    ['a null value', '{"tags":[{"key":"a","value":null}]}'],
    ['strings instead of pairs', '{"tags":["a=b"]}'],
    ['JSON cut at a bracket', '{"tags":[{"key":"a","value":"1"}'],
    ['no body', ''],
  ])('throws LISTING_INCOMPLETE for %s', async (_what, body) => {
    const server = await startScriptedServer();
    server.answer({ status: 200, body });
    const provider = connect(imsAccount(server.url));

    const error = await failureOf(provider.list(TARGET, calm()));
    await provider.close();
    await server.close();

    expect(error.code).toBe('LISTING_INCOMPLETE');
  });

  test('throws LISTING_INCOMPLETE for status 204', async () => {
    const server = await startScriptedServer();
    server.answer({ status: 204 });
    const provider = connect(imsAccount(server.url));

    const error = await failureOf(provider.list(TARGET, calm()));
    await provider.close();
    await server.close();

    expect(error.code).toBe('LISTING_INCOMPLETE');
  });

  test('sends one request for a fleet when the key is wrong, so that it is not locked', async () => {
    const provider = connect(imsAccount(cloud.simulator.endpoints.ims, 'canary-wrong'));

    const errors = await Promise.all(
      Array.from({ length: 500 }, () => failureOf(provider.list(TARGET, calm()))),
    );
    await provider.close();

    expect(cloud.simulator.requests.total).toBe(1);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['PROVIDER_AUTH']));
    expect(errors[0]?.message).toContain('"north"');
    expect(errors[0]?.message).not.toContain('canary');
    await expect(cloud.provider.list(TARGET, calm())).resolves.toBeDefined();
  });
});

describe('read()', () => {
  test('reads one tag in one request', async () => {
    const tag = await cloud.provider.read(TARGET, 'key1', calm());

    expect(tag).toEqual({ name: 'key1', value: 'value0' });
    expect(cloud.simulator.requests.total).toBe(1);
  });

  test('is null for a key the image does not carry', async () => {
    expect(await cloud.provider.read(TARGET, 'key', calm())).toBeNull();
  });
});

describe('perform() an add', () => {
  test.each([
    ['owner', 'platform'],
    ['key1', 'value1'],
    ['key1', 'value0'],
    ['环境', '生产'],
    ['a b', ' '],
    ['empty', ''],
    ['k'.repeat(36), 'v'.repeat(43)],
    ['𐐷'.repeat(36), '𐐷'.repeat(43)],
  ])('binds %s to "%s" in one request', async (key, value) => {
    const result = await cloud.provider.perform(TARGET, add(key, value), freely, calm());

    expect(result).toEqual({ attempts: 1 });
    expect(imageTags()[key]).toBe(value);
    expect(cloud.simulator.requests.total).toBe(1);
  });

  test.each(TROUBLES)('binds the key in spite of "%s"', async (kind) => {
    cloud.simulator.faults.add({ kind, operation: 'AddImageTag', times: 2 });

    await cloud.provider.perform(TARGET, add('owner', 'platform'), freely, calm());

    expect(imageTags()['owner']).toBe('platform');
    expect(cloud.simulator.journal.executed()).toHaveLength(1);
  });

  test.each([
    ['', 'v', 'neither empty nor blank'],
    [' \t', 'v', 'neither empty nor blank'],
    ['\ud800', 'v', 'valid Unicode'],
    ['key', 'v\udfff', 'valid Unicode'],
    ['k'.repeat(37), 'v', 'at most 36 characters, this one has 37'],
    ['key', 'v'.repeat(44), 'at most 43 characters, this one has 44'],
  ])('refuses %s = %s before any request', async (key, value, rule) => {
    const error = await failureOf(cloud.provider.perform(TARGET, add(key, value), freely, calm()));

    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(error.message).toContain(rule);
    expect(cloud.simulator.requests.total).toBe(0);
  });

  test('reports the eleventh key as rejected and leaves the ten alone', async () => {
    for (let index = 2; index < 10; index += 1) {
      cloud.simulator.world.setImageTag(IMAGE, `key${index}`, 'v');
    }

    const error = await failureOf(
      cloud.provider.perform(TARGET, add('eleventh', 'v'), freely, calm()),
    );
    await cloud.provider.perform(TARGET, add('key9', 'w'), freely, calm());

    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(error.message).toContain('IMG.0116');
    expect(imageTags()).toMatchObject({ key9: 'w' });
    expect(Object.keys(imageTags())).toHaveLength(10);
  });
});

describe('perform() a delete', () => {
  test.each(['key1', '环境', 'a/b', 'a b', 'a%20b', 'a?b#c', 'k'.repeat(127)])(
    'unbinds %s in one request',
    async (key) => {
      cloud.simulator.world.setImageTag(IMAGE, key, 'v');

      const result = await cloud.provider.perform(TARGET, remove(key), freely, calm());

      expect(result).toEqual({ attempts: 1 });
      expect(imageTags()).not.toHaveProperty([key]);
      expect(cloud.simulator.requests.total).toBe(1);
    },
  );

  test('resolves when the key is already gone, after reading the listing', async () => {
    await cloud.provider.perform(TARGET, remove('gone'), freely, calm());

    expect(cloud.simulator.requests.byOperation).toEqual({
      'ims.DeleteImageTag': 1,
      'ims.ListImageTags': 1,
    });
  });

  test('reports 404 for a key that is still listed as a conflict', async () => {
    cloud.simulator.faults.add({
      kind: 'status',
      operation: 'DeleteImageTag',
      status: 404,
      code: 'IMG.0031',
    });

    const error = await failureOf(cloud.provider.perform(TARGET, remove('key1'), freely, calm()));

    expect(error.code).toBe('PROVIDER_CONFLICT');
    expect(imageTags()).toHaveProperty('key1');
  });

  test('refuses an empty key before any request', async () => {
    const error = await failureOf(cloud.provider.perform(TARGET, remove(''), freely, calm()));

    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(cloud.simulator.requests.total).toBe(0);
  });

  test.each(TROUBLES)('unbinds the key in spite of "%s"', async (kind) => {
    cloud.simulator.faults.add({ kind, operation: 'DeleteImageTag', times: 2 });

    await cloud.provider.perform(TARGET, remove('key1'), freely, calm());

    expect(imageTags()).toEqual({ key0: 'value0' });
  });

  test.each(['after', 'hang-after', 'reset-after', 'truncate'] as const)(
    'reads instead of repeating when the reply was lost (%s)',
    async (kind) => {
      cloud.simulator.faults.add({ kind, operation: 'DeleteImageTag' });

      const result = await cloud.provider.perform(TARGET, remove('key1'), freely, calm());

      expect(result).toEqual({ attempts: 1 });
      expect(cloud.simulator.requests.byOperation).toEqual({
        'ims.DeleteImageTag': 1,
        'ims.ListImageTags': 1,
      });
    },
  );

  test('does not delete again while the listing cannot be read', async () => {
    cloud.simulator.faults.add({ kind: 'after', operation: 'DeleteImageTag' });
    cloud.simulator.faults.add({ kind: 'before', operation: 'ListImageTags', times: 99 });

    const error = await failureOf(cloud.provider.perform(TARGET, remove('key1'), freely, calm()));

    expect(error.code).toBe('PROVIDER_UNAVAILABLE');
    expect(cloud.simulator.requests.count('ims', 'DeleteImageTag')).toBe(1);
  });
});
