import { expect, test } from 'vitest';
import type { Sighting, Standing } from '../../src/store/store.ts';
import { aRecord, aTarget, HOUR_MS, MINUTE_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const MARK = 'n4Qx_-9';
const LATER = { seenAt: noon(HOUR_MS - 1), now: noon(HOUR_MS) };

export function confirmContract(bench: () => StoreBench): void {
  const pass = async (path: string, standing: Partial<Standing> = {}): Promise<void> => {
    const record = aRecord({ target: aTarget(path), baseline: 3 });
    const good = { state: 'in_sync', policies: ['shop'], at: noon(), mark: MARK } as const;
    await bench().store.finish(record, noon(MINUTE_MS), { ...good, ...standing });
  };
  const sighting = (path: string, mark = MARK): Sighting => ({
    target: aTarget(path),
    mark,
    dueAt: noon(2 * HOUR_MS),
  });

  test('confirm() takes a target of the same mark for passed, and leaves the rest of its record', async () => {
    const { store } = bench();
    await pass('a');
    const before = await store.target(aTarget('a'));

    const others = await store.confirm([sighting('a')], LATER);

    expect(others).toEqual([]);
    expect(await store.target(aTarget('a'))).toEqual({ ...before, passedAt: LATER.now });
    const page = await store.targets({ status: 'in-sync', account: 'swr', after: null, limit: 5 });
    expect(page.items).toEqual([{ ...before, passedAt: LATER.now }]);
  });

  test('confirm() puts off when the target is overdue and when it is pruned', async () => {
    const { store } = bench();
    await pass('a');
    await pass('never');
    await store.confirm([sighting('a'), { ...sighting('never'), dueAt: null }], LATER);

    await store.prune({ before: noon(MINUTE_MS), maxRuns: 10 });

    const query = { limit: 9, againMs: 1 };
    expect(await store.target(aTarget('a'))).not.toBeNull();
    expect(await store.takeOverdue({ ...query, now: noon(2 * HOUR_MS) })).toEqual([]);
    expect(await store.takeOverdue({ ...query, now: noon(2 * HOUR_MS + 1) })).toEqual([
      aTarget('a'),
    ]);
  });

  test('confirm() gives back what it does not know so, in order, and changes nothing of it', async () => {
    const { store } = bench();
    const goods = ['good', 'good as well', 'good, too'];
    for (const path of goods) await pass(path);
    await pass('other', { mark: 'n4Qx_-8' });
    await pass('longer', { mark: `${MARK}9` });
    await pass('shorter', { mark: 'n4Qx_-' });
    await pass('unmarked', { mark: null });
    await pass('drifted', { state: 'drifted' });
    await pass('paused later');
    await pass('paused later', { state: 'paused' });
    await pass('passed without');
    await pass('passed without', { mark: null });
    await store.finish(aRecord({ target: aTarget('stands nowhere') }), null);
    await pass('forgotten');
    await store.forget(aTarget('forgotten'));
    const paths = ['never seen', 'other', 'longer', 'shorter', 'unmarked', 'drifted'];
    paths.push('paused later', 'passed without', 'stands nowhere', 'forgotten');
    const read = async () =>
      await Promise.all(paths.map(async (path) => await store.target(aTarget(path))));
    const before = await read();

    const told = ['good', 'good as well', ...paths, 'good, too'].map((path) => sighting(path));
    const others = await store.confirm(told, LATER);

    expect(others).toEqual(paths.map((path) => aTarget(path)));
    expect(await read()).toEqual(before);
    for (const path of goods)
      expect(await store.target(aTarget(path))).toMatchObject({ passedAt: LATER.now });
  });

  test('confirm() leaves a target alone of which more is known already', async () => {
    const { store } = bench();
    await pass('same');
    await pass('drifted', { state: 'drifted', mark: null });
    const before = await store.target(aTarget('same'));

    const told = [sighting('same'), sighting('drifted')];
    const others = await store.confirm(told, { seenAt: noon(-1), now: noon(HOUR_MS) });

    expect(others).toEqual([]);
    expect(await store.target(aTarget('same'))).toEqual(before);
  });

  test.each([
    ['plain', ['n4Qx_-9', 'n4Qx_-8']],
    ['any', ['a "mark"', 'a/b\\c', 'é,[]', '","s":"in_sync']],
  ])('confirm() tells marks of %s text apart', async (_, marks) => {
    const { store } = bench();
    for (const [at, mark] of marks.entries()) await pass(`p${at}`, { mark });
    const same = marks.map((mark, at) => sighting(`p${at}`, mark));
    const others = marks.map((_mark, at) => sighting(`p${at}`, marks[(at + 1) % marks.length]));

    expect(await store.confirm(others, LATER)).toEqual(others.map(({ target }) => target));
    expect(await store.confirm(same, LATER)).toEqual([]);
  });

  test('confirm() takes thousands at once, and none', async () => {
    const { store } = bench();
    const paths = Array.from({ length: 1_100 }, (_, at) => `p${at}`);
    await pass('p7');

    const others = await store.confirm(
      paths.map((path) => sighting(path)),
      LATER,
    );

    expect(others).toEqual(paths.filter((path) => path !== 'p7').map((path) => aTarget(path)));
    expect(await store.confirm([], LATER)).toEqual([]);
  });
}
