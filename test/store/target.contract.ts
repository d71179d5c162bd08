import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReportStatus } from '../../src/model/report.ts';
import {
  anOperation,
  aRecord,
  aStart,
  aTarget,
  HOUR_MS,
  MINUTE_MS,
  NO_FACTS,
  noon,
  records,
} from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const DAY_MS = 24 * HOUR_MS;
const NOTHING = { 'in-sync': 0, drifted: 0, refused: 0, unknown: 0, quarantined: 0 };
const ALL = { status: null, account: null, after: null, limit: 100 } as const;

export function targetContract(bench: () => StoreBench): void {
  test('begin() knows nothing of a target that was never passed', async () => {
    const facts = await bench().store.begin(aTarget(), aStart(), noon());

    expect(facts).toEqual(NO_FACTS);
  });

  test('begin() gives the baseline of the last finish() that had one', async () => {
    const { store } = bench();
    await store.finish(aRecord({ baseline: 0 }), null);
    await store.finish(aRecord({ baseline: 12 }), null);
    await store.finish(aRecord({ status: 'unknown', baseline: null }), null);

    expect(await store.begin(aTarget(), aStart(), noon())).toMatchObject({ baseline: 12 });
    expect(await store.target(aTarget())).toMatchObject({ baseline: 12, status: 'unknown' });
  });

  test('finish() keeps any record whole', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (record) => {
        await bench().clear();

        await bench().store.finish(record, null);

        expect(await bench().store.target(record.target)).toEqual(record);
      }),
      { numRuns: 50 },
    );
  });

  test('finish() keeps the first time of a status and the last run that is known', async () => {
    const { store } = bench();
    const passes: [ReportStatus, number, string | null][] = [
      ['in-sync', 0, 'run-1'],
      ['in-sync', 1, null],
      ['drifted', 2, null],
      ['drifted', 3, 'run-2'],
      ['in-sync', 4, null],
    ];

    const seen: unknown[] = [];
    for (const [status, minute, runId] of passes) {
      const at = noon(minute * MINUTE_MS);
      await store.finish(aRecord({ status, since: at, passedAt: at, runId }), null);
      const record = await store.target(aTarget());
      const since =
        record === null ? null : (record.since.getTime() - noon().getTime()) / MINUTE_MS;
      seen.push([since, record?.runId]);
    }

    expect(seen).toEqual([
      [0, 'run-1'],
      [0, 'run-1'],
      [2, 'run-1'],
      [2, 'run-2'],
      [4, 'run-2'],
    ]);
  });

  test('forget() leaves nothing of a target', async () => {
    const { store } = bench();
    await store.begin(aTarget(), aStart(null, 'gone'), noon());
    await store.begin(aTarget(), aStart('crash'), noon());
    await store.finish(aRecord({ baseline: 5 }), noon());
    await store.quarantine(aTarget(), noon(HOUR_MS));
    await store.firstSeen(aTarget(), ['v1'], noon());

    await store.forget(aTarget());

    expect(await store.target(aTarget())).toBeNull();
    expect(await store.counts(noon())).toEqual(NOTHING);
    expect(await bench().size()).toBeLessThanOrEqual(2); // a death, and the sum of baselines, which is 0
    expect(await store.begin(aTarget(), aStart(), noon())).toEqual(NO_FACTS);
  });

  test('targets() pages through all targets in the order of their keys', async () => {
    const { store } = bench();
    const paths = ['b', 'a/z', 'a-b', 'Z', 'ä', 'a'];
    for (const path of paths) await store.finish(aRecord({ target: aTarget(path) }), null);

    const first = await store.targets({ ...ALL, limit: 4 });
    const second = await store.targets({ ...ALL, limit: 4, after: first.next });

    expect([...first.items, ...second.items].map(({ target }) => target.path)).toEqual([
      'Z',
      'a',
      'a-b',
      'a/z',
      'b',
      'ä',
    ]);
    expect(second.next).toBeNull();
  });

  test('targets() says that a full page was the last', async () => {
    await bench().store.finish(aRecord(), null);

    expect(await bench().store.targets({ ...ALL, limit: 1 })).toMatchObject({ next: null });
  });

  test('targets() keeps to a status and an account', async () => {
    const { store } = bench();
    const all: [string, string, ReportStatus][] = [
      ['swr', 'a', 'in-sync'],
      ['swr', 'b', 'drifted'],
      ['swr', 'c', 'drifted'],
      ['swr-2', 'a', 'drifted'],
      ['swr0', 'a', 'drifted'],
    ];
    for (const [account, path, status] of all) {
      await store.finish(aRecord({ target: { account, path }, status: 'unknown' }), null);
      await store.finish(aRecord({ target: { account, path }, status }), null);
    }
    const find = async (
      status: ReportStatus | null,
      account: string | null,
      after: string | null,
    ) =>
      (await store.targets({ status, account, after, limit: 10 })).items.map(
        ({ target }) => `${target.account}/${target.path}`,
      );

    expect(await find('drifted', null, null)).toEqual(['swr-2/a', 'swr/b', 'swr/c', 'swr0/a']);
    expect(await find(null, 'swr', null)).toEqual(['swr/a', 'swr/b', 'swr/c']);
    expect(await find('drifted', 'swr', 'swr/b')).toEqual(['swr/c']);
    expect(await find('unknown', null, null)).toEqual([]);
  });

  test('counts() follows the last status of each target', async () => {
    const { store } = bench();
    for (const path of ['a', 'b', 'c'])
      await store.finish(aRecord({ target: aTarget(path) }), null);
    await store.finish(aRecord({ target: aTarget('b'), status: 'drifted' }), null);
    await store.quarantine(aTarget('x'), noon(1));
    await store.quarantine(aTarget('y'), noon());

    expect(await store.counts(noon())).toEqual({
      ...NOTHING,
      'in-sync': 2,
      drifted: 1,
      quarantined: 1,
    });
  });

  test('takeOverdue() tells a target that is late once, and again later', async () => {
    const { store } = bench();
    const take = async (plusMs: number, limit = 10) =>
      (await store.takeOverdue({ now: noon(plusMs), limit, againMs: 100 })).map(({ path }) => path);
    await store.finish(aRecord({ target: aTarget('a') }), noon(10));
    await store.finish(aRecord({ target: aTarget('b') }), noon(20));
    await store.finish(aRecord({ target: aTarget('c') }), noon(5));
    await store.finish(aRecord({ target: aTarget('c') }), null);

    expect(await take(10)).toEqual([]);
    expect(await take(30, 1)).toEqual(['a']);
    expect(await take(30)).toEqual(['b']);
    expect(await take(130)).toEqual([]);
    expect((await take(131)).toSorted()).toEqual(['a', 'b']);
  });

  test('quarantine() holds until its time and release() ends it with its crashes', async () => {
    const { store } = bench();
    await store.begin(aTarget(), aStart(null, 'gone'), noon());
    await store.begin(aTarget(), aStart('crash'), noon());
    await store.quarantine(aTarget(), noon(HOUR_MS));
    await store.quarantine(aTarget('another'), noon(-1));

    expect(await store.quarantined(noon())).toEqual([{ target: aTarget(), until: noon(HOUR_MS) }]);
    expect(await store.begin(aTarget(), aStart(), noon())).toMatchObject({
      quarantinedUntil: noon(HOUR_MS),
      crashes: 1,
    });
    expect(await store.begin(aTarget(), aStart(), noon(HOUR_MS))).toMatchObject({
      quarantinedUntil: null,
    });
    expect(await store.release(aTarget())).toBe(true);
    expect(await store.release(aTarget())).toBe(false);
    expect(await store.begin(aTarget(), aStart(), noon())).toMatchObject({
      quarantinedUntil: null,
      crashes: 0,
    });
  });

  test('finish() keeps the record of a newer release, which begin() tells of', async () => {
    const { store } = bench();
    const theirs = aRecord({ baseline: 9, runId: 'run-1', pending: [anOperation()] });
    await store.finish(theirs, null);
    await bench().setVersion(2);

    const later = aRecord({ status: 'drifted', passedAt: noon(DAY_MS - 1), since: noon(5) });
    const facts = await store.begin(aTarget(), aStart(), later.passedAt);
    await store.finish(later, noon(DAY_MS));

    expect(facts).toMatchObject({ baseline: null, isOfNewerRelease: true });
    expect(await store.target(aTarget())).toBeNull();
    expect((await store.targets(ALL)).items).toEqual([]);
    const overdue = { now: noon(DAY_MS + 1), limit: 10, againMs: MINUTE_MS };
    expect(await store.takeOverdue(overdue)).toEqual([aTarget()]);
    await bench().setVersion(1);
    expect(await store.target(aTarget())).toEqual(theirs);
  });

  test.each([
    { release: 'a newer release that has been gone for a day', version: 2, afterMs: DAY_MS },
    { release: 'an older release', version: 0, afterMs: 1 },
  ])('finish() replaces the record of $release', async ({ version, afterMs }) => {
    const { store } = bench();
    await store.finish(aRecord({ baseline: 9, runId: 'run-1' }), null);
    await bench().setVersion(version);

    const record = aRecord({ passedAt: noon(afterMs), since: noon(5) });
    const facts = await store.begin(aTarget(), aStart(), record.passedAt);
    await store.finish(record, null);

    expect(facts).toMatchObject({ baseline: null, isOfNewerRelease: false });
    expect(await store.target(aTarget())).toEqual(record);
  });
}
