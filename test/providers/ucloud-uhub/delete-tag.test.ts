import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/simulator/tag-record.ts';
import { aDelete, uhubBench } from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';

const target = { account: 'hub', path: 'team/web' };
const seed = (tags: Record<string, string>) => ({ uhub: [{ repo: 'team', image: 'web', tags }] });

describe('deleteTag()', () => {
  test('deleteTag() removes one name and leaves the others, with one request', async () => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one', v2: 'one' }));

    const result = await provider.perform(target, aDelete(), freely, signal);

    expect(result).toEqual({ attempts: 1 });
    expect(simulator.world.uhubTags(target.path)).toEqual({ v2: digestOf('one') });
    expect(simulator.requests.total).toBe(1);
  });

  test.each(['ok', 'error'] as const)(
    'deleteTag() is done when the tag is gone (answer: %s)',
    async (deleteMissing) => {
      const { provider, signal } = await uhubBench({
        ...seed({ v1: 'one' }),
        switches: { uhub: { deleteMissing } },
      });

      await expect(
        provider.perform(target, aDelete({ tag: 'v9' }), freely, signal),
      ).resolves.toEqual({
        attempts: 1,
      });
    },
  );

  test('deleteTag() throws PROVIDER_NOT_FOUND when the image is gone', async () => {
    const { provider, signal } = await uhubBench(seed({ v1: 'one' }));
    const gone = { account: 'hub', path: 'team/gone' };

    await expect(provider.perform(gone, aDelete(), freely, signal)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  test('deleteTag() throws what the number says when the tag stays', async () => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));
    simulator.faults.add({ kind: 'retcode', code: 8_039, operation: 'DeleteRepoImage' });

    const result = provider.perform(target, aDelete(), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    await expect(result).rejects.toThrow('RetCode 8039');
  });

  test.each(['after', 'reset-after', 'hang-after', 'truncate'] as const)(
    'deleteTag() finds a delete whose reply was lost by "%s" and does not repeat it',
    async (kind) => {
      const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one', v2: 'two' }));
      simulator.faults.add({ kind, operation: 'DeleteRepoImage' });

      await provider.perform(target, aDelete(), freely, signal);

      expect(Object.keys(simulator.world.uhubTags(target.path))).toEqual(['v2']);
      expect(simulator.requests.count('uhub', 'DeleteRepoImage')).toBe(1);
    },
  );

  test.each(['before', 'reset', 'hang', 'html', '429'] as const)(
    'deleteTag() repeats a delete that "%s" kept from running',
    async (kind) => {
      const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one', v2: 'two' }));
      simulator.faults.add({ kind, operation: 'DeleteRepoImage' });

      const { attempts } = await provider.perform(target, aDelete(), freely, signal);

      expect(attempts).toBe(2);
      expect(Object.keys(simulator.world.uhubTags(target.path))).toEqual(['v2']);
    },
  );

  test('deleteTag() does not repeat on a tag that somebody else moved meanwhile', async () => {
    const { simulator, provider, signal } = await uhubBench({
      ...seed({ v1: 'other' }),
      switches: { uhub: { digest: true } },
    });
    simulator.faults.add({ kind: 'before', operation: 'DeleteRepoImage' });

    const result = provider.perform(target, aDelete({ replaces: digestOf('one') }), freely, signal);

    await expect(result).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(simulator.world.uhubTags(target.path)).toEqual({ v1: digestOf('other') });
  });

  test.each(['', ' ', '\t'])('deleteTag() refuses the name %j without a request', async (tag) => {
    const { simulator, provider, signal } = await uhubBench(seed({ v1: 'one' }));

    await expect(provider.perform(target, aDelete({ tag }), freely, signal)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
    expect(simulator.requests.total).toBe(0);
    expect(simulator.world.uhubTags(target.path)).toHaveProperty('v1');
  });
});
