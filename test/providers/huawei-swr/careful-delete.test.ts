import { describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/providers/provider.ts';
import { outlineImage, parseImageContent } from '../../../src/simulator/oci-image.ts';
import type { SeedInput, TagSeed } from '../../../src/simulator/seed.ts';
import { digestOf } from '../../../src/simulator/tag-record.ts';
import { aCopy, aDelete, swrBench } from '../../support/provider-bench.ts';
import { freely } from '../../support/write-check.ts';
import { learnedInMemory } from '../oci/support/bench.ts';

const target = { account: 'swr', path: 'shop/web' };
const API = /127\.0\.0\.1/;
type Switches = NonNullable<SeedInput['switches']>['swr'];

/** An account without a registry, whose region nobody has seen delete anything. */
async function unproved(tags: Record<string, TagSeed>, swr: Switches = {}) {
  const learnedFacts = learnedInMemory();
  const runtime = { learnedFacts, random: Math.random };
  const bench = await swrBench(
    { repositories: [{ name: target.path, tags }], switches: { swr } },
    {},
    runtime,
  );
  const held = () => Object.keys(bench.simulator.world.repositoryTags(target.path)).sort();
  return { ...bench, learnedFacts, held };
}

/** Digests of the images of a seeded index. */
function manifestsOf(label: string, platforms: readonly string[]): readonly string[] {
  const outline = outlineImage(label, parseImageContent({ platforms: [...platforms] }, 0));
  return outline.manifests.slice(1).map(({ digest }) => digest);
}

const removing =
  ({ provider, signal }: { readonly provider: Provider; readonly signal: AbortSignal }) =>
  async (tag: string, value: string, check: () => void = freely) =>
    await provider.perform(target, aDelete({ tag, replaces: digestOf(value) }), check, signal);

describe('deleteCarefully()', () => {
  test.each([false, true])(
    'deleteCarefully() refuses a tag whose content has other names, with the remedy (siblings go: %s)',
    async (deleteTakesSiblings) => {
      const tags = { a: 'one', b: 'one', c: 'one', d: 'two' };
      const bench = await unproved(tags, { deleteTakesSiblings });

      const removed = removing(bench)('b', 'one');

      await expect(removed).rejects.toMatchObject({ code: 'GATE_REFUSED' });
      await expect(removed).rejects.toThrow(/its content is also "a" and 1 more, .*registry: in/);
      expect(bench.held()).toEqual(['a', 'b', 'c', 'd']);
      expect(bench.simulator.journal.executed()).toEqual([]);
    },
  );

  test.each([false, true])(
    'deleteCarefully() deletes a tag whose content is its own, at the cost of one listing (siblings go: %s)',
    async (deleteTakesSiblings) => {
      const tags = { a: 'one', b: 'one', 'ci-1': 'x', 'ci-2': 'y' };
      const bench = await unproved(tags, { deleteTakesSiblings });
      const remove = removing(bench);

      await remove('ci-1', 'x');
      await remove('ci-2', 'y');

      expect(bench.held()).toEqual(['a', 'b']);
      expect(bench.simulator.requests.total).toBe(3);
      expect(bench.learnedFacts.facts.size).toBe(0);
    },
  );

  test('deleteCarefully() proves on content that is to go anyway, once a delete was refused', async () => {
    const bench = await unproved({ a: 'one', b: 'one', 'ci-1': 'x' });
    const remove = removing(bench);
    await expect(remove('b', 'one')).rejects.toMatchObject({ code: 'GATE_REFUSED' });

    await remove('ci-1', 'x');
    await remove('b', 'one');

    expect(bench.held()).toEqual(['a']);
    expect([...bench.learnedFacts.facts.values()]).toEqual(['by-tag']);
    expect([...bench.learnedFacts.facts.keys()]).toEqual([
      expect.stringMatching(/^swr delete-method:/),
    ]);
    expect(bench.learnedFacts.facts.keys().next().value).toMatch(API);
  });

  test('deleteCarefully() loses nothing by its proof where siblings go', async () => {
    const bench = await unproved(
      { a: 'one', b: 'one', 'ci-1': 'x', 'ci-2': 'y' },
      { deleteTakesSiblings: true },
    );
    const remove = removing(bench);
    await expect(remove('b', 'one')).rejects.toMatchObject({ code: 'GATE_REFUSED' });

    await remove('ci-1', 'x');

    expect(bench.held()).toEqual(['a', 'b', 'ci-2']);
    expect([...bench.learnedFacts.facts.values()]).toEqual(['by-digest']);
    await expect(remove('b', 'one')).rejects.toThrow('SWR was seen to delete those as well');
    await remove('ci-2', 'y');
    expect(bench.held()).toEqual(['a', 'b']);
  });

  test('deleteCarefully() gives up a proof when the doomed tag is pushed, and spares what was pushed', async () => {
    const bench = await unproved(
      { a: 'one', b: 'one', 'ci-1': 'x' },
      { deleteTakesSiblings: true },
    );
    const { simulator } = bench;
    const remove = removing(bench);
    await expect(remove('b', 'one')).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    let checks = 0;
    const pushing = (): void => {
      checks += 1;
      // The copy's own last check comes after the look.
      if (checks === 2) simulator.world.setRepositoryTag(target.path, 'ci-1', 'pushed');
    };

    const removed = remove('ci-1', 'x', pushing);

    await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(simulator.world.repositoryTags(target.path)).toMatchObject({
      a: digestOf('one'),
      b: digestOf('one'),
      'ci-1': digestOf('pushed'),
    });
    expect(bench.learnedFacts.facts.size).toBe(0);
  });

  test('deleteCarefully() spares a tag that its listing shows with another content', async () => {
    const bench = await unproved({ a: 'one', 'ci-1': 'x' });
    bench.simulator.world.setRepositoryTag(target.path, 'ci-1', 'pushed');

    const removed = removing(bench)('ci-1', 'x');

    await expect(removed).rejects.toMatchObject({ code: 'TARGET_CHANGED' });
    expect(bench.held()).toEqual(['a', 'ci-1']);
  });

  test('deleteCarefully() sees names that its own copies have made', async () => {
    const bench = await unproved({ a: 'one', 'ci-1': 'x' }, { deleteTakesSiblings: true });
    const { provider, signal } = bench;
    const remove = removing(bench);
    await remove('ci-1', 'x');
    const copy = aCopy({ from: 'a', tag: 'stable', value: digestOf('one') });
    await provider.perform(target, copy, freely, signal);

    await expect(remove('a', 'one')).rejects.toMatchObject({ code: 'GATE_REFUSED' });

    expect(bench.held()).toEqual(['a', 'stable']);
  });

  test('deleteCarefully() lists again when the tag has another content than it was seen with', async () => {
    const bench = await unproved({ a: 'one', b: 'x', c: 'y' }, { deleteTakesSiblings: true });
    const remove = removing(bench);
    await remove('c', 'y');
    bench.simulator.world.setRepositoryTag(target.path, 'b', digestOf('one'));

    await expect(remove('b', 'one')).rejects.toMatchObject({ code: 'GATE_REFUSED' });

    expect(bench.held()).toEqual(['a', 'b']);
  });

  test('deleteCarefully() lets the last name of a content go after the others', async () => {
    const bench = await unproved({ a: 'one', b: 'one' });
    bench.simulator.world.repositories.get(target.path)?.tags.delete('a');

    await removing(bench)('b', 'one');

    expect(bench.held()).toEqual([]);
  });

  describe('with indexes', () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    const index = { digest: 'release', image: { platforms } };
    const part = manifestsOf('release', platforms)[0] ?? '';
    const tags = { 'v1-amd64': part, v1: index, 'ci-1': 'x' };

    test('deleteCarefully() refuses a tag whose content is a part of an index, and no other', async () => {
      const bench = await unproved(tags, { deleteTakesSiblings: true });
      const remove = removing(bench);

      await expect(remove('v1-amd64', part)).rejects.toMatchObject({
        code: 'GATE_REFUSED',
        message: expect.stringMatching(/is, or may be, part of the index "v1", .*registry: in/),
      });
      await remove('ci-1', 'x');

      expect(bench.held()).toEqual(['v1', 'v1-amd64']);
    });

    test('deleteCarefully() lets a part go after its index', async () => {
      const bench = await unproved(tags);
      const remove = removing(bench);
      const { v1 = '' } = bench.simulator.world.repositoryTags(target.path);
      await expect(remove('v1-amd64', part)).rejects.toMatchObject({ code: 'GATE_REFUSED' });

      await remove('v1', v1);
      await remove('v1-amd64', part);

      expect(bench.held()).toEqual(['ci-1']);
    });

    test('deleteCarefully() takes an index whose row does not tell its parts for one of any', async () => {
      const bench = await unproved(tags, { deleteTakesSiblings: true, manifestBytes: 1 });
      const remove = removing(bench);
      const { v1 = '' } = bench.simulator.world.repositoryTags(target.path);

      await expect(remove('ci-1', 'x')).rejects.toThrow('part of the index "v1"');
      await remove('v1', v1);
      await remove('ci-1', 'x');

      expect(bench.held()).toEqual(['v1-amd64']);
    });
  });

  test('deleteCarefully() sends nothing for a write that is held', async () => {
    const bench = await unproved({ a: 'one' });
    const held = (): void => {
      throw new Error('held');
    };

    await expect(removing(bench)('a', 'one', held)).rejects.toThrow('held');

    expect(bench.simulator.requests.total).toBe(0);
  });

  test.each(['before', 'html', 'truncate', 'total-mismatch'] as const)(
    'deleteCarefully() deletes nothing while its listing meets "%s"',
    async (kind) => {
      const bench = await unproved({ a: 'one', b: 'one' });
      bench.simulator.faults.add({ kind, operation: 'ListRepoTags', times: Infinity });

      await expect(removing(bench)('b', 'one')).rejects.toThrow('Cannot');

      expect(bench.held()).toEqual(['a', 'b']);
    },
  );
});
