import { describe, expect, test } from 'vitest';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import { digestOf } from '../../../src/simulator/tag-record.ts';
import { aCopy, aDelete, swrBench } from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';

const target = { account: 'swr', path: 'shop/team/web' };
const one = digestOf('one');
const two = digestOf('two');
const other = digestOf('other');
const seed = (tags: Record<string, string>) => ({ repositories: [{ name: target.path, tags }] });

/** Faults after which nobody knows whether the write ran; it did. */
const LOST_REPLIES: FaultRule['kind'][] = ['after', 'reset-after', 'hang-after', 'truncate'];
/** Faults that kept the write from running. */
const UNEXECUTED: FaultRule['kind'][] = [
  'before',
  'reset',
  'hang',
  'html',
  '429',
  'swr-throttle-403',
  'swr-busy-409',
];

describe('copyTag()', () => {
  test('copyTag() binds a free name with one request (201)', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));

    const result = await provider.perform(target, aCopy({ value: one }), freely, signal);

    expect(result).toEqual({ attempts: 1 });
    expect(simulator.world.repositoryTags(target.path)).toEqual({ v1: one, v2: one });
    expect(simulator.requests.total).toBe(1);
  });

  test('copyTag() overwrites a name the plan replaces', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one', v2: 'two' }));

    await provider.perform(target, aCopy({ value: one, replaces: two }), freely, signal);

    expect(simulator.world.repositoryTags(target.path)['v2']).toBe(one);
  });

  test('copyTag() never overwrites a name the plan thinks free, whatever the default is (409)', async () => {
    const { simulator, provider, signal } = await swrBench({
      ...seed({ v1: 'one', v2: 'two' }),
      switches: { swr: { overrideDefault: true } },
    });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect(simulator.world.repositoryTags(target.path)['v2']).toBe(two);
  });

  test('copyTag() is done when the name already has the content (409)', async () => {
    const { provider, signal } = await swrBench(seed({ v1: 'one', v2: 'one' }));

    await expect(provider.perform(target, aCopy({ value: one }), freely, signal)).resolves.toEqual({
      attempts: 1,
    });
  });

  test('copyTag() refused with 400 throws PROVIDER_REJECTED and is not repeated', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'status', status: 400, code: 'SVCSTG.SWR.4000016' });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    await expect(result).rejects.toThrow('SVCSTG.SWR.4000016');
    expect(simulator.requests.total).toBe(1);
  });

  test('copyTag() refused with 401 throws PROVIDER_AUTH', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'status', status: 401, code: 'APIGW.0301' });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
    expect(simulator.requests.total).toBe(1);
  });

  test('copyTag() refused with 403 for want of permission throws PROVIDER_FORBIDDEN', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'status', status: 403, code: 'SVCSTG.SWR.4030170' });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    expect(simulator.requests.total).toBe(1);
  });

  test.each(['A', 'B', 'C', 'D'] as const)(
    'copyTag() tells a missing source tag from a missing repository in error shape %s (404)',
    async (errorShape) => {
      const { provider, signal } = await swrBench({
        ...seed({ v1: 'one' }),
        switches: { swr: { errorShape } },
      });
      const gone = { account: 'swr', path: 'shop/gone' };
      const copy = aCopy({ from: 'v9', value: one });

      await expect(provider.perform(target, copy, freely, signal)).rejects.toMatchObject({
        code: 'TARGET_CHANGED',
      });
      await expect(provider.perform(gone, copy, freely, signal)).rejects.toMatchObject({
        code: 'PROVIDER_NOT_FOUND',
      });
    },
  );

  test('copyTag() treats a 404 that a read contradicts as a conflict', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'status', status: 404, code: 'SVCSTG.SWR.4040010' });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
  });

  test('copyTag() gives up with PROVIDER_UNAVAILABLE on lasting 500', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({
      kind: 'status',
      status: 500,
      code: 'SVCSTG.SWR.5000085',
      operation: 'CreateRepoTag',
      times: Infinity,
    });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(simulator.requests.count('swr', 'CreateRepoTag')).toBe(4);
  });

  test.each(LOST_REPLIES)(
    'copyTag() finds a copy whose reply was lost by "%s" and does not repeat it',
    async (kind) => {
      const { simulator, provider, signal } = await swrBench(seed({ v1: 'one', v2: 'two' }));
      simulator.faults.add({ kind, operation: 'CreateRepoTag' });

      await provider.perform(target, aCopy({ value: one, replaces: two }), freely, signal);

      expect(simulator.world.repositoryTags(target.path)['v2']).toBe(one);
      expect(simulator.requests.count('swr', 'CreateRepoTag')).toBe(1);
    },
  );

  test.each(UNEXECUTED)('copyTag() repeats a copy that "%s" kept from running', async (kind) => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind, operation: 'CreateRepoTag' });

    const { attempts } = await provider.perform(target, aCopy({ value: one }), freely, signal);

    expect(attempts).toBe(2);
    expect(simulator.journal.executed()).toHaveLength(1);
  });

  test('copyTag() does not repeat over what somebody else wrote meanwhile', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one', v2: 'other' }));
    simulator.faults.add({ kind: 'before', operation: 'CreateRepoTag' });

    const result = provider.perform(target, aCopy({ value: one, replaces: two }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(simulator.world.repositoryTags(target.path)['v2']).toBe(other);
  });

  test('copyTag() does not repeat when the source was moved meanwhile', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'other' }));
    simulator.faults.add({ kind: 'before', operation: 'CreateRepoTag' });

    const result = provider.perform(target, aCopy({ value: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(simulator.world.repositoryTags(target.path)).toEqual({ v1: other });
  });

  test.each([{ tag: '..' }, { tag: '' }, { from: '' }, { from: 'a/b' }])(
    'copyTag() refuses %j without a request',
    async (changes) => {
      const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));

      const result = provider.perform(target, aCopy({ value: one, ...changes }), freely, signal);

      await expect(result).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
      expect(simulator.requests.total).toBe(0);
    },
  );
});

describe('deleteTag()', () => {
  test('deleteTag() removes one name and leaves the others on its digest (204)', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one', v2: 'one' }));

    const result = await provider.perform(target, aDelete({ replaces: one }), freely, signal);

    expect(result).toEqual({ attempts: 1 });
    expect(simulator.world.repositoryTags(target.path)).toEqual({ v2: one });
    expect(simulator.requests.total).toBe(1);
  });

  test.each(['A', 'B', 'C', 'D'] as const)(
    'deleteTag() is done when the tag is gone, not when the repository is, in error shape %s (404)',
    async (errorShape) => {
      const { provider, signal } = await swrBench({
        ...seed({ v1: 'one' }),
        switches: { swr: { errorShape } },
      });
      const gone = { account: 'swr', path: 'shop/gone' };

      await expect(
        provider.perform(target, aDelete({ tag: 'v9' }), freely, signal),
      ).resolves.toEqual({
        attempts: 1,
      });
      await expect(provider.perform(gone, aDelete(), freely, signal)).rejects.toMatchObject({
        code: 'PROVIDER_NOT_FOUND',
      });
    },
  );

  test.each([
    [400, 'PROVIDER_REJECTED'],
    [401, 'PROVIDER_AUTH'],
    [403, 'PROVIDER_FORBIDDEN'],
    [404, 'PROVIDER_CONFLICT'],
    [409, 'PROVIDER_CONFLICT'],
  ])('deleteTag() refused with %i while the tag stays throws %s', async (status, code) => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'status', status, operation: 'DeleteRepoTag' });

    const result = provider.perform(target, aDelete({ replaces: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code });
    expect(simulator.requests.count('swr', 'DeleteRepoTag')).toBe(1);
    expect(simulator.world.repositoryTags(target.path)).toEqual({ v1: one });
  });

  test.each(LOST_REPLIES)(
    'deleteTag() finds a delete whose reply was lost by "%s"',
    async (kind) => {
      const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
      simulator.faults.add({ kind, operation: 'DeleteRepoTag' });

      await provider.perform(target, aDelete({ replaces: one }), freely, signal);

      expect(simulator.world.repositoryTags(target.path)).toEqual({});
      expect(simulator.requests.count('swr', 'DeleteRepoTag')).toBe(1);
    },
  );

  test.each(UNEXECUTED)(
    'deleteTag() repeats a delete that "%s" kept from running',
    async (kind) => {
      const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));
      simulator.faults.add({ kind, operation: 'DeleteRepoTag' });

      const { attempts } = await provider.perform(
        target,
        aDelete({ replaces: one }),
        freely,
        signal,
      );

      expect(attempts).toBe(2);
      expect(simulator.world.repositoryTags(target.path)).toEqual({});
    },
  );

  test('deleteTag() does not repeat on a tag that somebody else moved meanwhile', async () => {
    const { simulator, provider, signal } = await swrBench(seed({ v1: 'other' }));
    simulator.faults.add({ kind: 'before', operation: 'DeleteRepoTag' });

    const result = provider.perform(target, aDelete({ replaces: one }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(simulator.world.repositoryTags(target.path)).toEqual({ v1: other });
  });

  test.each(['', ' ', '.', '..', 'a/b'])(
    'deleteTag() refuses the name "%s" without a request',
    async (tag) => {
      const { simulator, provider, signal } = await swrBench(seed({ v1: 'one' }));

      const result = provider.perform(target, aDelete({ tag }), freely, signal);

      await expect(result).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
      expect(simulator.requests.total).toBe(0);
    },
  );
});
