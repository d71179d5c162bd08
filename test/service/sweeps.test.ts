import { describe, expect, test } from 'vitest';
import { aResourcePolicy } from '../support/policies.ts';
import { IMAGE } from '../support/tags.ts';
import { said } from './service-bench.ts';
import { type SweepBench, type SweepSeed, sweepBench } from './sweep-bench.ts';

const GOOD = { owner: 'platform', stage: 'prod' };
const ENSURE = aResourcePolicy({ ensure: GOOD });
const HOUR_MS = 3_600_000;

function images(count: number, tags: Readonly<Record<string, string>> = GOOD): SweepSeed {
  const one = (at: number) => ({ id: `id-${at}`, name: `golden-${at}`, tags });
  return { images: Array.from({ length: count }, (_, at) => one(at)) };
}

const openBench = sweepBench();

/** Some time later. */
function wait({ now }: SweepBench, ms = 60_000): Date {
  return new Date(now.getTime() + ms);
}

describe('createSweeps() over images', () => {
  test('createSweeps() asks for no pass over 2,100 images in sync, in a call for each thousand', async () => {
    const { sweep, store } = await openBench(images(2_100), ENSURE);

    const first = await sweep();
    const second = await sweep();

    for (const swept of [first, second]) {
      expect(swept.met).toBe(2_100);
      expect(swept.visits).toEqual([]);
      // The last is a count, as none of them lacks tags.
      expect(swept.calls).toEqual({ ListImageByTags: 4 });
    }
    expect(await store.counts(new Date())).toMatchObject({ 'in-sync': 2_100 });
  }, 90_000);

  test('createSweeps() asks for a pass over the one percent that drifted, which lists before it writes', async () => {
    const swept = await openBench(images(600), ENSURE);
    await swept.sweep();
    for (const at of [3, 77, 150, 305, 444, 599]) {
      swept.simulator.world.setImageTag(`id-${at}`, 'stage', 'dev');
    }

    const { visits, calls } = await swept.sweep();

    expect(visits).toEqual(
      [150, 3, 305, 444, 599, 77].map((at) => `${IMAGE.account}/id-${at}`).sort(),
    );
    expect(calls['ListImageTags']).toBeGreaterThanOrEqual(6);
    expect(swept.simulator.world.imageTags('id-305')).toEqual(GOOD);
    expect((await swept.sweep()).visits).toEqual([]);
  }, 60_000);

  test('createSweeps() keeps the record that a pass would keep', async () => {
    const screened = await openBench(images(1), ENSURE);
    await screened.sweep();
    const record = await screened.store.target({ ...IMAGE, path: 'id-0' });
    const standings = await screened.store.standings([ENSURE.name]);

    await screened.store.forget({ ...IMAGE, path: 'id-0' });
    const { visits } = await screened.sweep('manual');
    const passed = await screened.store.target({ ...IMAGE, path: 'id-0' });

    expect(visits).toHaveLength(1);
    expect(record).toMatchObject({ status: 'in-sync', baseline: 2, name: 'golden-0' });
    expect(record).toEqual(passed);
    expect(standings).toEqual(await screened.store.standings([ENSURE.name]));
  });

  test('createSweeps() says that states were not recorded, and takes them for news in the next sweep', async () => {
    const swept = await openBench(images(3), ENSURE);
    const { store } = swept;
    const finishAll = store.finishAll.bind(store);
    store.finishAll = async () => await Promise.reject(new Error('out of order'));
    const { visits } = await swept.sweep();
    store.finishAll = finishAll;

    expect(visits).toEqual([]);
    expect(said(swept.log)).toEqual(['error states were not recorded']);
    expect(await store.counts(swept.now)).toMatchObject({ 'in-sync': 0 });
    await swept.sweep();
    expect(await store.counts(swept.now)).toMatchObject({ 'in-sync': 3 });
  });

  test('createSweeps() moves the time of the last pass on, and with it when the target is overdue', async () => {
    const swept = await openBench(images(1), ENSURE);
    await swept.sweep();
    swept.now = wait(swept);

    await swept.sweep();

    const record = await swept.store.target({ ...IMAGE, path: 'id-0' });
    expect(record?.passedAt).toEqual(swept.now);
    const late = { limit: 9, againMs: 1 };
    const dueMs = swept.now.getTime() + 180_000;
    expect(await swept.store.takeOverdue({ ...late, now: new Date(dueMs) })).toEqual([]);
    expect(await swept.store.takeOverdue({ ...late, now: new Date(dueMs + 1) })).toHaveLength(1);
  });

  test('createSweeps() takes a target for recovered that somebody else mended', async () => {
    const observe = { ...ENSURE, mode: 'observe' } as const;
    const swept = await openBench(images(1, { owner: 'platform' }), observe);
    await swept.sweep();
    const before = await swept.store.target({ ...IMAGE, path: 'id-0' });

    swept.simulator.world.setImageTag('id-0', 'stage', 'prod');
    const { visits } = await swept.sweep();

    const record = await swept.store.target({ ...IMAGE, path: 'id-0' });
    const { states } = await swept.store.standings([]);
    expect(before?.status).toBe('drifted');
    expect(visits).toEqual([]);
    expect(record).toMatchObject({ status: 'in-sync', pendingCount: 0, findings: [] });
    expect([states.get('in_sync'), states.get('drifted')]).toEqual([1, 0]);
  });

  test('createSweeps() judges by new policies without a pass where the tags are as they say', async () => {
    const swept = await openBench(images(5), ENSURE);
    await swept.sweep();
    const next = aResourcePolicy({ ensure: { owner: 'platform' }, default: { stage: 'x' } });
    swept.set = { revision: 'sha256:next', policies: [next], tests: [] };

    const same = await swept.sweep('revision');
    swept.set = {
      revision: 'sha256:third',
      policies: [aResourcePolicy({ ensure: { owner: 'other' } })],
      tests: [],
    };
    const other = await swept.sweep('revision');

    expect(same.visits).toEqual([]);
    expect(other.visits).toHaveLength(5);
    const record = await swept.store.target({ ...IMAGE, path: 'id-0' });
    expect(record?.revision).toBe('sha256:third');
    expect(swept.simulator.world.imageTags('id-0')).toMatchObject({ owner: 'other' });
  });

  test.each([
    { what: 'facts that the query lacks', ensure: { os: '{{ image.osType | lower }}' }, lists: 1 },
    { what: 'the name alone', ensure: { os: '{{ image.name | truncate(2) }}' }, lists: 0 },
  ])('createSweeps() asks for $what once for all images', async ({ ensure, lists }) => {
    const tags = { os: lists === 1 ? 'linux' : 'go' };
    const { sweep } = await openBench(images(50, tags), aResourcePolicy({ ensure }));

    const { visits, calls } = await sweep();

    expect(visits).toEqual([]);
    expect(calls['ListImages'] ?? 0).toBe(lists);
    expect(calls['ListImageTags']).toBeUndefined();
  });

  test('createSweeps() asks for the facts that any policy of the account needs, as passes go by all of them', async () => {
    const other = aResourcePolicy({ ensure: { os: '{{ image.osType ?? "x" }}' } }, { name: 'os' });
    const swept = await openBench(images(3), ENSURE, other);

    await swept.sweep();

    expect(swept.simulator.world.imageTags('id-1')).toEqual({ ...GOOD, os: 'Linux' });
    expect((await swept.sweep()).visits).toEqual([]);
  });

  test.each([
    { when: 'before the screen', tags: { ...GOOD, os: 'x' }, reads: 2 },
    { when: 'before the pass', tags: {}, reads: 3 },
  ])(
    'createSweeps() judges nothing by partial facts when policies that need more come $when',
    async ({ tags, reads }) => {
      const swept = await openBench(images(1, tags), ENSURE);
      const policies = [aResourcePolicy({ ensure: { os: '{{ image.osType ?? "x" }}' } })];
      const sets = [...Array.from({ length: reads }, () => swept.set), { ...swept.set, policies }];
      Object.defineProperty(swept, 'set', {
        get: () => (sets.length > 1 ? sets.shift() : sets[0]),
      });

      await swept.sweep();

      expect(swept.simulator.world.imageTags('id-0')['os']).toBe('Linux');
    },
  );

  test.each(['manual', 'webhook'] as const)(
    'createSweeps() gives every target a pass when asked by reason %s',
    async (reason) => {
      const { sweep } = await openBench(images(4), ENSURE);
      await sweep();

      const { visits, calls } = await sweep(reason);

      expect(visits).toHaveLength(4);
      expect(calls).toEqual({ ListImages: 1, ListImageTags: 4 });
    },
  );

  test('createSweeps() asks for a pass where keys come from another image, which may have changed', async () => {
    const copy = { image: 'id-0', keys: ['owner'], overwrite: false };
    const { sweep } = await openBench(images(3), aResourcePolicy({ copyFrom: [copy] }));
    await sweep();

    expect((await sweep()).visits).toHaveLength(3);
  });

  test('createSweeps() leaves a quarantined target to its pass', async () => {
    const { sweep, store, now } = await openBench(images(3), ENSURE);
    await store.quarantine({ ...IMAGE, path: 'id-1' }, new Date(now.getTime() + HOUR_MS));

    expect((await sweep()).visits).toEqual([`${IMAGE.account}/id-1`]);
  });

  test('createSweeps() walks the list of images, too, in each so many sweeps', async () => {
    const swept = await openBench(images(3), ENSURE);
    swept.fullEvery = 3;

    const lists: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const { calls, visits } = await swept.sweep();
      expect(visits).toEqual([]);
      lists.push(calls['ListImages'] ?? 0);
    }

    expect(lists).toEqual([0, 0, 1, 0, 0, 1, 0]);
  });

  test('createSweeps() repeats a full sweep that broke off', async () => {
    const swept = await openBench(images(3), ENSURE);
    swept.fullEvery = 2;
    await swept.sweep();
    const rule = { kind: 'status', status: 403, operation: 'ListImages', times: 1 } as const;
    swept.simulator.faults.add(rule);

    await expect(swept.sweep()).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });

    expect((await swept.sweep()).calls['ListImages']).toBe(1);
    expect((await swept.sweep()).calls['ListImages']).toBeUndefined();
  });

  test.each(['truncate', 'html', 'before', 'cursor-loop', 'total-mismatch', 'null-tags'] as const)(
    'createSweeps() loses and deletes nothing when the query suffers from "%s"',
    async (kind) => {
      const policy = aResourcePolicy({ ensure: GOOD }, { exclusive: true });
      const swept = await openBench(images(30), policy);
      await swept.sweep();
      swept.simulator.world.setImageTag('id-7', 'stage', 'dev');
      swept.simulator.world.setImageTag('id-8', 'stray', 'x');
      swept.simulator.faults.add({ kind, operation: 'ListImageByTags', times: 99 });

      const { met, visits } = await swept.sweep();

      expect(met).toBe(30);
      expect(visits).toEqual(
        expect.arrayContaining([7, 8].map((at) => `${IMAGE.account}/id-${at}`)),
      );
      for (let at = 0; at < 30; at += 1) {
        expect(swept.simulator.world.imageTags(`id-${at}`)).toEqual(GOOD);
      }
    },
  );
});
