import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FinishedPass, TARGET_STATES } from '../../src/store/store.ts';
import { aRecord, aStart, aTarget, HOUR_MS, MINUTE_MS, noon, records, texts } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const DAY_MS = 24 * HOUR_MS;
const PATHS = ['a', 'b', 'c'];
const POLICIES = ['shop', 'base'];
const ALL = { status: null, account: null, after: null, limit: 2_000 } as const;

const minutes = fc.nat({ max: 9 }).map((count) => noon(count * MINUTE_MS));
const passes = fc.record({
  record: records.chain((record) =>
    fc.constantFrom(...PATHS).map((path) => ({ ...record, target: aTarget(path) })),
  ),
  dueAt: fc.option(minutes, { nil: null }),
  standing: fc.record({
    state: fc.constantFrom(...TARGET_STATES),
    policies: fc.subarray(POLICIES),
    at: minutes,
    mark: fc.option(texts, { nil: null }),
  }),
});
/** Several times over the same targets, each at most once at a time. */
const rounds = fc.array(
  fc.uniqueArray(passes, { selector: ({ record }) => record.target.path, maxLength: 3 }),
  { maxLength: 4 },
);

function aPass(path: string, overrides: Partial<FinishedPass> = {}): FinishedPass {
  return {
    record: aRecord({ target: aTarget(path), baseline: 3 }),
    dueAt: noon(HOUR_MS),
    standing: { state: 'in_sync', policies: ['shop'], at: noon(), mark: 'a mark' },
    ...overrides,
  };
}

/** Everything that can be asked of targets. */
async function askAll({ store }: StoreBench): Promise<unknown> {
  const overdue = await store.takeOverdue({ now: noon(5 * MINUTE_MS), limit: 9, againMs: 1 });
  const starts = PATHS.map(async (path) => await store.begin(aTarget(path), aStart(), noon()));
  return {
    page: await store.targets(ALL),
    counts: await store.counts(noon()),
    standings: await store.standings(POLICIES),
    overdue: overdue.map(({ path }) => path).toSorted(),
    baselines: await Promise.all(starts),
  };
}

export function finishAllContract(bench: () => StoreBench): void {
  test('finishAll() leaves what finish() of one target after the other leaves', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (told) => {
        await bench().clear();
        const { store } = bench();
        for (const { record, dueAt, standing } of told.flat()) {
          await store.finish(record, dueAt, standing);
        }
        const wanted = await askAll(bench());

        await bench().clear();
        for (const round of told) await store.finishAll(round);

        expect(await askAll(bench())).toEqual(wanted);
      }),
      { numRuns: 25 },
    );
  });

  test('finishAll() takes thousands at once, and none', async () => {
    const { store } = bench();
    const paths = Array.from({ length: 1_100 }, (_, at) => `p${at}`);

    await store.finishAll([]);
    await store.finishAll(paths.map((path) => aPass(path)));

    expect((await store.counts(noon()))['in-sync']).toBe(1_100);
    expect((await store.standings([])).states.get('in_sync')).toBe(1_100);
    const seen = paths.map((path) => ({ target: aTarget(path), mark: 'a mark', dueAt: null }));
    expect(await store.confirm(seen, { seenAt: noon(), now: noon(1) })).toEqual([]);
  });

  test('finishAll() counts the last of a target that is given twice', async () => {
    const { store } = bench();
    const drifted = { state: 'drifted', policies: ['shop'], at: noon() } as const;
    const record = aRecord({ target: aTarget('a'), status: 'drifted', baseline: 7 });

    await store.finishAll([aPass('a'), aPass('b'), aPass('a', { record, standing: drifted })]);

    expect(await store.target(aTarget('a'))).toEqual(record);
    expect((await store.standings([])).states.get('drifted')).toBe(1);
  });

  test('finishAll() counts the tags of its targets into what a share of all tags is taken of', async () => {
    const { store } = bench();
    const limits = { maxPerHour: 1_000, maxPercent: 10 };
    const pass = aPass('a', { record: aRecord({ target: aTarget('a'), baseline: 1_500 }) });
    await store.finishAll([pass]);
    await store.finishAll([pass]);

    expect(await store.takeDeletes(151, limits)).toBe(false);
    expect(await store.takeDeletes(150, limits)).toBe(true);
  });

  test('finishAll() replaces what an older release wrote', async () => {
    const { store } = bench();
    await store.finishAll([
      aPass('a', { record: aRecord({ target: aTarget('a'), status: 'unknown' }) }),
    ]);
    await bench().setVersion(0);
    const { record } = aPass('a', { record: aRecord({ target: aTarget('a'), since: noon(5) }) });

    await store.finishAll([aPass('a', { record })]);

    expect(await store.target(aTarget('a'))).toEqual(record);
    expect(await store.counts(noon())).toMatchObject({ 'in-sync': 1, unknown: 0 });
  });

  test('finishAll() keeps the record of a newer release until that has been away for a day', async () => {
    const { store } = bench();
    const theirs = aRecord({ target: aTarget('a'), baseline: 9 });
    await store.finish(theirs, null);
    await bench().setVersion(2);
    const passAt = (ms: number) =>
      aPass('a', { record: aRecord({ target: aTarget('a'), passedAt: noon(ms) }) });

    await store.finishAll([passAt(DAY_MS - 1), aPass('b')]);

    expect(await store.target(aTarget('a'))).toBeNull();
    const overdue = { now: noon(HOUR_MS + 1), limit: 10, againMs: 25 * HOUR_MS };
    expect((await store.takeOverdue(overdue)).map(({ path }) => path)).toEqual(['a', 'b']);

    await store.finishAll([passAt(DAY_MS)]);

    expect(await store.target(aTarget('a'))).toEqual(passAt(DAY_MS).record);
  });
}
