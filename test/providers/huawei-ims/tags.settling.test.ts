import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/model/plan.ts';
import type { FaultKind } from '../../../src/simulator/faults.ts';
import { calm, failureOf } from '../../http/support/failure.ts';
import { freely } from '../../support/write-check.ts';
import { add, type Cloud, IMAGE, remove, startCloud, TARGET } from './support/cloud.ts';

/** Faults after which nobody knows whether the write ran; it did. */
const LOST_REPLIES: readonly FaultKind[] = ['after', 'hang-after', 'reset-after', 'truncate'];
/** Faults that kept the write from running. */
const UNEXECUTED: readonly FaultKind[] = ['before', 'hang', 'reset', 'html', '429'];

let cloud: Cloud;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(() => cloud.close());

function imageTags(): Record<string, string> {
  return cloud.simulator.world.imageTags(IMAGE);
}

function replacing(operation: Operation, replaces: string | null): Operation {
  return { ...operation, replaces };
}

describe('perform() an add', () => {
  test.each(LOST_REPLIES)(
    'reads instead of writing twice when the reply was lost (%s)',
    async (kind) => {
      cloud.simulator.faults.add({ kind, operation: 'AddImageTag' });

      const result = await cloud.provider.perform(TARGET, add('owner', 'platform'), freely, calm());

      expect(result).toEqual({ attempts: 1 });
      expect(imageTags()['owner']).toBe('platform');
      expect(cloud.simulator.journal.executed()).toHaveLength(1);
      expect(cloud.simulator.requests.byOperation).toEqual({
        'ims.AddImageTag': 1,
        'ims.ListImageTags': 1,
      });
    },
  );

  test.each(UNEXECUTED)('repeats what "%s" kept from running', async (kind) => {
    cloud.simulator.faults.add({ kind, operation: 'AddImageTag' });

    const result = await cloud.provider.perform(
      TARGET,
      replacing(add('key1', 'new'), 'value0'),
      freely,
      calm(),
    );

    expect(result).toEqual({ attempts: 2 });
    expect(imageTags()['key1']).toBe('new');
  });

  test.each(UNEXECUTED)(
    'does not repeat over what somebody else wrote meanwhile (%s)',
    async (kind) => {
      cloud.simulator.world.setImageTag(IMAGE, 'key1', 'foreign');
      cloud.simulator.faults.add({ kind, operation: 'AddImageTag' });

      const error = await failureOf(
        cloud.provider.perform(TARGET, replacing(add('key1', 'new'), 'value0'), freely, calm()),
      );

      expect(error.code).toBe('TARGET_CHANGED');
      expect(imageTags()['key1']).toBe('foreign');
    },
  );

  test('executes 100 writes 100 times while every fifth call fails, half of them after executing', async () => {
    cloud.simulator.faults.random({ rate: 0.2, kinds: ['before', 'after'], seed: 7 });

    for (let round = 1; round <= 100; round += 1) {
      const replaces = round === 1 ? null : `v${round - 1}`;
      await cloud.provider.perform(
        TARGET,
        replacing(add('owner', `v${round}`), replaces),
        freely,
        calm(),
      );
    }

    expect(imageTags()['owner']).toBe('v100');
    expect(cloud.simulator.journal.executed()).toHaveLength(100);
  });
});

describe('perform() a delete', () => {
  test.each(UNEXECUTED)(
    'does not repeat on a key that somebody else bound anew meanwhile (%s)',
    async (kind) => {
      cloud.simulator.world.setImageTag(IMAGE, 'key1', 'foreign');
      cloud.simulator.faults.add({ kind, operation: 'DeleteImageTag' });

      const error = await failureOf(
        cloud.provider.perform(TARGET, replacing(remove('key1'), 'value0'), freely, calm()),
      );

      expect(error.code).toBe('TARGET_CHANGED');
      expect(imageTags()['key1']).toBe('foreign');
    },
  );

  test.each([
    '.',
    '..',
    'x/../key0',
    'x/',
    '/key0',
    'x\\y',
    'x%2Fy',
    'x%',
    ' key0',
    'key0 ',
    '\ud800',
  ])(
    'unbinds %j, which a path cannot carry safely, in one request and leaves its neighbors',
    async (key) => {
      cloud.simulator.world.setImageTag(IMAGE, key, 'odd');
      cloud.simulator.world.setImageTag(IMAGE, 'y', 'neighbor');

      const result = await cloud.provider.perform(TARGET, remove(key), freely, calm());

      expect(result).toEqual({ attempts: 1 });
      expect(imageTags()).toEqual({ key0: 'value0', key1: 'value0', y: 'neighbor' });
      expect(cloud.simulator.requests.byOperation).toEqual({ 'ims.BatchAddOrDeleteTags': 1 });
    },
  );

  test('of a key that a path cannot carry resolves when it is gone, not when the image is', async () => {
    const gone = { ...TARGET, path: 'gone' };

    await cloud.provider.perform(TARGET, remove('x/y'), freely, calm());
    const error = await failureOf(cloud.provider.perform(gone, remove('x/y'), freely, calm()));

    expect(error.code).toBe('PROVIDER_NOT_FOUND');
  });

  test.each(LOST_REPLIES)(
    'of a key that a path cannot carry reads when the reply was lost (%s)',
    async (kind) => {
      cloud.simulator.world.setImageTag(IMAGE, 'x/y', 'odd');
      cloud.simulator.faults.add({ kind, operation: 'BatchAddOrDeleteTags' });

      await cloud.provider.perform(TARGET, remove('x/y'), freely, calm());

      expect(imageTags()).toEqual({ key0: 'value0', key1: 'value0' });
      expect(cloud.simulator.journal.executed()).toHaveLength(1);
    },
  );
});

describe('perform() at an image of another account', () => {
  test.each([
    ['an add', add('owner', 'platform')],
    ['a delete', remove('stage')],
  ])('says that only its owner may: %s', async (_what, operation) => {
    const { world } = cloud.simulator;
    world.addImage({
      id: 'gold',
      name: 'gold',
      visibility: 'public',
      owner: 'huawei',
      tags: { stage: 'x' },
    });

    const error = await failureOf(
      cloud.provider.perform({ ...TARGET, path: 'gold' }, operation, freely, calm()),
    );

    expect(error.code).toBe('PROVIDER_FORBIDDEN');
    expect(error.message).toContain('belongs to another account');
    expect(error.message).toContain('visibility: private');
  });
});
