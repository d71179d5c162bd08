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
const manyRounds = fc.array(
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

/** The clock goes on from one round to the next. */
function passedAt(pass: FinishedPass, at: Date): FinishedPass {
  return { ...pass, record: { ...pass.record, passedAt: at } };
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
  test.each([
    {
      way: 'finishAll()',
      keep: async ({ store }: StoreBench, round: FinishedPass[]) => await store.finishAll(round),
    },
    {
      way: 'finish() of many at once',
      keep: async ({ store }: StoreBench, round: FinishedPass[]) => {
        const one = async ({ record, dueAt, standing }: FinishedPass) =>
          await store.finish(record, dueAt, standing);
        await Promise.all(round.map(one));
      },
    },
  ])('$way leaves what finish() of one target after the other leaves', async ({ keep }) => {
    await fc.assert(
      fc.asyncProperty(manyRounds, async (rounds) => {
        await bench().clear();
        const { store } = bench();
        const told = rounds.map((round, at) => round.map((pass) => passedAt(pass, noon(at))));
        for (const { record, dueAt, standing } of told.flat()) {
          await store.finish(record, dueAt, standing);
        }
        const wanted = await askAll(bench());

        await bench().clear();
        for (const round of told) await keep(bench(), round);

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

  test('finishAll() leaves alone what a pass kept meanwhile, and how the target stands since', async () => {
    const { store } = bench();
    const drifted = { state: 'drifted', policies: ['shop'], at: noon(2) } as const;
    const later = { status: 'drifted', passedAt: noon(2), baseline: 7 } as const;
    const theirs = aRecord({ target: aTarget('a'), ...later });
    await store.finishAll([aPass('a'), aPass('b')]);
    await store.finish(theirs, noon(2), drifted);

    const seen = (path: string) =>
      aPass(path, { record: aRecord({ target: aTarget(path), passedAt: noon(1) }) });
    await store.finishAll([seen('a'), seen('b'), seen('c')]);

    expect(await store.target(aTarget('a'))).toEqual(theirs);
    expect((await store.target(aTarget('b')))?.passedAt).toEqual(noon(1));
    const { states } = await store.standings([]);
    expect([states.get('drifted'), states.get('in_sync')]).toEqual([1, 2]);
    const overdue = await store.takeOverdue({ now: noon(3), limit: 9, againMs: 1 });
    expect(overdue.map(({ path }) => path)).toEqual(['a']);
  });

  test('finishAll() leaves alone what a newer release kept meanwhile', async () => {
    const { store } = bench();
    const standing = { state: 'drifted', policies: ['shop'], at: noon() } as const;
    await store.finish(aRecord({ target: aTarget('a'), passedAt: noon(2) }), noon(2), standing);
    await bench().setVersion(2);

    await store.finishAll([aPass('a')]);

    expect((await store.standings([])).states.get('drifted')).toBe(1);
    expect(await store.takeOverdue({ now: noon(3), limit: 9, againMs: 1 })).toHaveLength(1);
  });

  test.each(['finish', 'finishAll'] as const)(
    '%s() leaves no mark by which confirm() would keep the record of a newer release for ever',
    async (way) => {
      const { store } = bench();
      await store.finish(aRecord({ target: aTarget('a') }), null);
      await bench().setVersion(2);
      const record = aRecord({ target: aTarget('a'), passedAt: noon(HOUR_MS) });
      const { standing } = aPass('a');
      if (way === 'finish') await store.finish(record, null, standing);
      else await store.finishAll([{ record, dueAt: null, standing }]);

      const seen = [{ target: aTarget('a'), mark: 'a mark', dueAt: null }];
      const times = { seenAt: noon(2 * HOUR_MS), now: noon(2 * HOUR_MS) };
      expect(await store.confirm(seen, times)).toEqual([aTarget('a')]);
      await store.finish(aRecord({ target: aTarget('a'), passedAt: noon(DAY_MS) }), null);

      expect((await store.target(aTarget('a')))?.passedAt).toEqual(noon(DAY_MS));
    },
  );

  test('finishAll() and finish() beside it do not wait for each other', async () => {
    const { store } = bench();
    const another = await bench().another();
    const paths = Array.from({ length: 250 }, (_, at) => `p${at}`);
    const passAt = (path: string, at: number): FinishedPass => ({
      record: aRecord({ target: aTarget(path), passedAt: noon(at) }),
      dueAt: null,
      standing: { state: at % 2 === 0 ? 'in_sync' : 'drifted', policies: ['shop'], at: noon() },
    });
    await store.finishAll(paths.map((path) => passAt(path, 0)));

    for (let round = 1; round < 6; round += 1) {
      const all = paths.map((path) => passAt(path, round));
      const begun = store.finishAll(all);
      const beside = all.slice(100, 108).map(async ({ record, dueAt, standing }) => {
        await another.finish(record, dueAt, standing);
      });
      // A database that finds two statements waiting for each other fails one of them.
      await Promise.all([begun, ...beside]);
    }

    expect((await store.standings([])).states.get('drifted')).toBe(250);
  });
}
