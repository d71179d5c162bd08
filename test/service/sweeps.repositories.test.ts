import { describe, expect, test } from 'vitest';
import { aChannel, anImagePolicy, aPromotion, aRetain } from '../support/policies.ts';
import { REPOSITORY } from '../support/tags.ts';
import { type SweepBench, type SweepSeed, sweepBench } from './sweep-bench.ts';

const STABLE = anImagePolicy({ channels: [aChannel()] });
const HOUR_MS = 3_600_000;

function repositories(count: number): SweepSeed {
  const tags = { 'v1.0.0': 'one', 'v1.1.0': 'two', stable: 'two' };
  return {
    repositories: Array.from({ length: count }, (_, at) => ({ name: `shop/app-${at}`, tags })),
  };
}

const openBench = sweepBench();

/** Some time later. */
function wait({ now }: SweepBench, ms = 60_000): Date {
  return new Date(now.getTime() + ms);
}

describe('createSweeps() over repositories', () => {
  const visitsOf = async (swept: SweepBench): Promise<number> =>
    (await swept.sweep()).visits.length;

  test('createSweeps() passes over repositories of which the list says that nothing changed', async () => {
    const swept = await openBench(repositories(40), STABLE);

    const first = await swept.sweep();
    const second = await swept.sweep();

    expect(first.visits).toHaveLength(40);
    expect(second).toEqual({ met: 40, visits: [], calls: { ListRepos: 1 } });
  });

  test('createSweeps() visits the repositories that changed', async () => {
    const swept = await openBench(repositories(40), STABLE);
    await swept.sweep();
    swept.simulator.world.setRepositoryTag('shop/app-3', 'v1.2.0', 'three');
    swept.simulator.world.deleteRepositoryTag('shop/app-5', 'v1.0.0');
    const updated = '2027-01-01T00:00:00Z';
    swept.simulator.world.setRepositoryTag('shop/app-7', 'stable', { digest: 'one', updated });

    const { visits } = await swept.sweep();

    expect(visits).toEqual(['shop/app-3', 'shop/app-5', 'shop/app-7'].map(keyOf));
    const { stable, 'v1.1.0': newest } = swept.simulator.world.repositoryTags('shop/app-7');
    expect(stable).toBe(newest);
  });

  test('createSweeps() sees a tag that took the place of another at the same time', async () => {
    const swept = await openBench(repositories(1), STABLE);
    await swept.sweep();
    const { world } = swept.simulator;
    const record = world.repositories.get('shop/app-0')?.tags.get('v1.0.0');
    const updated = new Date(record?.updatedAtMs ?? 0).toISOString();
    world.deleteRepositoryTag('shop/app-0', 'v1.0.0');
    world.setRepositoryTag('shop/app-0', 'v1.3.0', { digest: 'three', updated, created: updated });

    expect(await visitsOf(swept)).toBe(1);
  });

  test('createSweeps() visits every repository in each so many sweeps, and by a person’s wish', async () => {
    const swept = await openBench(repositories(4), STABLE);
    swept.fullEvery = 4;

    const visits: number[] = [];
    for (let count = 0; count < 9; count += 1) visits.push(await visitsOf(swept));
    const { visits: asked } = await swept.sweep('manual');

    expect(visits).toEqual([4, 0, 0, 4, 0, 0, 0, 4, 0]);
    expect(asked).toHaveLength(4);
  });

  test('createSweeps() visits every repository in every sweep when told so', async () => {
    const swept = await openBench(repositories(4), STABLE);
    swept.fullEvery = 1;

    expect([await visitsOf(swept), await visitsOf(swept)]).toEqual([4, 4]);
  });

  test('createSweeps() visits every repository again after a change of policies', async () => {
    const swept = await openBench(repositories(4), STABLE);
    await swept.sweep();

    swept.set = { ...swept.set, revision: 'sha256:next' };

    expect([await visitsOf(swept), await visitsOf(swept)]).toEqual([4, 0]);
  });

  test.each([
    { what: 'a channel waits', policy: { channels: [aChannel({ minAgeMs: HOUR_MS })] } },
    { what: 'tags grow old', policy: { retain: [aRetain({ olderThanMs: HOUR_MS })] } },
    { what: 'first sight counts', policy: { channels: [aChannel({ ageBy: 'first-seen' })] } },
    {
      what: 'first sight keeps',
      policy: { retain: [aRetain({ ageBy: 'first-seen', pattern: 'x' })] },
    },
    {
      what: 'content is promoted',
      policy: {
        promote: [aPromotion({ to: [{ account: null, repository: 'copy/{{ repository }}' }] })],
      },
    },
  ] as const)('createSweeps() visits a repository always where $what', async ({ policy }) => {
    const swept = await openBench(repositories(2), anImagePolicy({ ...policy, mode: 'observe' }));
    await swept.sweep();

    expect(await visitsOf(swept)).toBeGreaterThanOrEqual(2);
  });

  test('createSweeps() visits a repository always while contents in use are asked for', async () => {
    const swept = await openBench(repositories(2), STABLE);
    swept.asksInUse = true;
    await swept.sweep();

    expect(await visitsOf(swept)).toBe(2);
  });

  test('createSweeps() visits a repository again when an exemption has ended', async () => {
    const until = new Date('2026-06-01T13:00:00Z');
    const exemption = { target: '**', tags: ['stable'], until, reason: 'audit' };
    const swept = await openBench(repositories(1), { ...STABLE, exemptions: [exemption] });
    swept.simulator.world.setRepositoryTag('shop/app-0', 'stable', 'one');
    await swept.sweep();
    const during = await visitsOf(swept);

    swept.now = wait(swept, HOUR_MS);
    const after = await visitsOf(swept);

    expect([during, after]).toEqual([0, 1]);
    const tags = swept.simulator.world.repositoryTags('shop/app-0');
    expect(tags['stable']).toBe(tags['v1.1.0']);
  });

  test.each([
    { what: 'protected names', change: (swept: SweepBench) => void (swept.protect = ['x*']) },
    { what: 'guards', change: (swept: SweepBench) => void (swept.maxDeletePercent = 10) },
  ])('createSweeps() visits a repository again when $what change', async ({ change }) => {
    const swept = await openBench(repositories(1), STABLE);
    await swept.sweep();

    change(swept);

    expect([await visitsOf(swept), await visitsOf(swept)]).toEqual([1, 0]);
  });

  test('createSweeps() visits a repository once more after a pass that wrote', async () => {
    const swept = await openBench(repositories(2), STABLE);
    swept.simulator.world.setRepositoryTag('shop/app-0', 'stable', 'one');

    await swept.sweep();
    const second = await swept.sweep();
    const third = await swept.sweep();

    expect(second.visits).toEqual([keyOf('shop/app-0')]);
    expect(third.visits).toEqual([]);
  });

  test('createSweeps() visits a repository always that is not in sync', async () => {
    const swept = await openBench(repositories(2), { ...STABLE, mode: 'observe' });
    swept.simulator.world.setRepositoryTag('shop/app-0', 'stable', 'one');
    await swept.sweep();

    expect((await swept.sweep()).visits).toEqual([keyOf('shop/app-0')]);
    expect((await swept.sweep()).visits).toEqual([keyOf('shop/app-0')]);
  });
});

function keyOf(path: string): string {
  return `${REPOSITORY.account}/${path}`;
}
