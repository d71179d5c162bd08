import { expect, test } from 'vitest';
import type { Target } from '../../src/model/target.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import { anImagePolicy, aResourcePolicy, aRetain } from '../support/policies.ts';
import { swrBench } from '../support/provider-bench.ts';
import { startBench } from './bench.ts';
import { CLOUDS } from './clouds.ts';
import { afterListing, onePass } from './one-pass.ts';

const DAY_MS = 86_400_000;
const TIMES = 1_000;
const SLOW_MS = 120_000;
const REPOSITORY: Target = { account: 'swr', path: 'shop/web' };

/** What one instance of tagwarden keeps at the image, and what it clears away. */
const INSTANCES = [
  { key: 'owner', value: 'platform', garbage: 'a-tmp' },
  { key: 'stage', value: 'prod', garbage: 'b-tmp' },
] as const;

const [ims] = CLOUDS;

test(
  'reconcile() of two instances with disjoint rules makes each write once, and none for the other (R7)',
  async () => {
    const tags = { _sys: 'keep', note: 'by hand', owner: 'platform', stage: 'prod' };
    const bench = await startBench(ims, { tags });
    const { simulator, provider } = bench;
    const { target: image } = ims;
    const random = createRandom(7);
    let needed = 0;

    for (let cycle = 0; cycle < TIMES; cycle += 1) {
      for (const { key, garbage } of INSTANCES) {
        const [spoil, litter] = [random() < 0.5, random() < 0.5];
        if (spoil) simulator.world.setImageTag(image.path, key, 'spoilt');
        if (litter) simulator.world.setImageTag(image.path, garbage, 'x');
        needed += Number(spoil) + Number(litter);
      }
      await Promise.all(
        INSTANCES.map(async ({ key, value, garbage }) => {
          const remove = [{ by: 'glob', glob: garbage }] as const;
          await onePass(provider, image, [aResourcePolicy({ ensure: { [key]: value }, remove })]);
        }),
      );
    }

    await bench.close();

    expect(needed).toBeGreaterThan(TIMES);
    expect(simulator.journal.executed()).toHaveLength(needed);
    expect(simulator.world.imageTags(image.path)).toEqual(tags);
  },
  SLOW_MS,
);

test(
  'reconcile() loses no image that is pushed under a name between listing and delete (R8)',
  async () => {
    const { simulator, provider } = await swrBench({
      repositories: [{ name: REPOSITORY.path, tags: { v1: 'release' } }],
    });
    const old = { digest: digestOf('old'), ageDays: 60 };
    const random = createRandom(8);
    const lost: number[] = [];
    let deleted = 0;

    for (let race = 0; race < TIMES; race += 1) {
      const names = ['ci-1', 'ci-2', 'ci-3'];
      for (const name of names) simulator.world.setRepositoryTag(REPOSITORY.path, name, old);
      const pushed = names[Math.floor(random() * names.length)] ?? 'ci-1';
      const image = digestOf(`push ${race}`);
      const racing = afterListing(provider, () => {
        simulator.world.setRepositoryTag(REPOSITORY.path, pushed, image);
      });

      await onePass(racing, REPOSITORY, [
        anImagePolicy({ retain: [aRetain({ pattern: 'ci-.*', olderThanMs: 30 * DAY_MS })] }),
      ]);

      const left = simulator.world.repositoryTags(REPOSITORY.path);
      if (left[pushed] !== image) lost.push(race);
      deleted += names.filter((name) => left[name] === undefined).length;
    }

    expect(lost).toEqual([]);
    expect(deleted).toBe(2 * TIMES);
    expect(simulator.world.repositoryTags(REPOSITORY.path)).toHaveProperty(
      'v1',
      digestOf('release'),
    );
  },
  SLOW_MS,
);
