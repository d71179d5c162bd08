import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/model/plan.ts';
import type { Outcome } from '../../src/model/report.ts';
import {
  anOperation,
  aRecord,
  aRun,
  aStart,
  aTarget,
  HOUR_MS,
  noon,
  operations,
} from './samples.ts';
import type { StoreBench } from './store-bench.ts';

const APPLIED: Outcome = { status: 'applied', attempts: 2 };
const ALL = { target: null, after: null, limit: 10 } as const;

export function runContract(bench: () => StoreBench): void {
  test('intend() writes down a run with its operations, settle() what came of them', async () => {
    const { store } = bench();
    const failed: Outcome = { status: 'failed', code: 'PROVIDER_REJECTED', error: 'a\nb' };
    const skipped: Outcome = { status: 'skipped', reason: 'an add before it failed' };
    const held: Outcome = { status: 'skipped', reason: 'paused by cli', held: true };

    await store.intend(aRun(), 1, anOperation('v2'), noon(2));
    await store.intend(aRun(), 0, anOperation('v1'), noon(1));
    await store.intend(aRun(), 2, anOperation('v3'), noon(3));
    await store.intend(aRun(), 3, anOperation('v4'), noon(4));
    await store.intend(aRun(), 4, anOperation('v5'), noon(5));
    await store.settle('run-1', 0, skipped);
    await store.settle('run-1', 0, APPLIED);
    await store.settle('run-1', 1, failed);
    await store.settle('run-1', 2, skipped);
    await store.settle('run-1', 4, held);

    expect(await store.run('run-1')).toEqual({
      ...aRun(),
      endedAt: null,
      operations: [
        { operation: anOperation('v1'), intendedAt: noon(1), outcome: APPLIED },
        { operation: anOperation('v2'), intendedAt: noon(2), outcome: failed },
        { operation: anOperation('v3'), intendedAt: noon(3), outcome: skipped },
        { operation: anOperation('v4'), intendedAt: noon(4), outcome: null },
        { operation: anOperation('v5'), intendedAt: noon(5), outcome: held },
      ],
      operationCount: 5,
    });
  });

  test('intend() keeps any operation whole', async () => {
    await fc.assert(
      fc.asyncProperty(operations, async (operation: Operation) => {
        await bench().clear();

        await bench().store.intend(aRun(), 0, operation, noon());
        await bench().store.settle('run-1', 0, APPLIED);

        const run = await bench().store.run('run-1');
        expect(run?.operations).toEqual([{ operation, intendedAt: noon(), outcome: APPLIED }]);
      }),
      { numRuns: 50 },
    );
  });

  test('intend() changes nothing when it is repeated', async () => {
    const { store } = bench();
    await store.intend(aRun(), 0, anOperation('v1'), noon());
    await store.settle('run-1', 0, APPLIED);

    await store.intend(aRun(), 0, anOperation('v2'), noon(5));

    expect((await store.run('run-1'))?.operations).toEqual([
      { operation: anOperation('v1'), intendedAt: noon(), outcome: APPLIED },
    ]);
  });

  test('endRun() notes the end', async () => {
    await bench().store.intend(aRun(), 0, anOperation(), noon());

    await bench().store.endRun('run-1', noon(7));

    expect(await bench().store.run('run-1')).toMatchObject({ endedAt: noon(7), operationCount: 1 });
  });

  test('settle() and endRun() of a run that nobody knows leave nothing behind', async () => {
    await bench().store.settle('gone', 0, APPLIED);
    await bench().store.endRun('gone', noon());

    expect(await bench().store.run('gone')).toBeNull();
    expect(await bench().size()).toBe(0);
  });

  test('runs() pages newest first, while new runs come', async () => {
    const { store } = bench();
    const begin = async (id: string, plusMs: number, path = 'a') =>
      await store.intend(
        aRun({ id, startedAt: noon(plusMs), target: aTarget(path) }),
        0,
        anOperation(),
        noon(plusMs),
      );
    await begin('r1', 0);
    await begin('r3', 5);
    await begin('r2', 5);
    await begin('r4', 9, 'b');

    const first = await store.runs({ ...ALL, limit: 2 });
    await begin('r5', 20);
    const second = await store.runs({ ...ALL, limit: 2, after: first.next });

    expect(first.items.map(({ id }) => id)).toEqual(['r4', 'r3']);
    expect(second.items.map(({ id }) => id)).toEqual(['r2', 'r1']);
    expect(second.next).toBeNull();
  });

  test('runs() keeps to a target', async () => {
    const { store } = bench();
    for (const path of ['a', 'b']) {
      await store.intend(aRun({ id: path, target: aTarget(path) }), 0, anOperation(), noon());
    }

    const { items } = await store.runs({ ...ALL, target: aTarget('b') });

    expect(items.map(({ id }) => id)).toEqual(['b']);
  });

  test('runs() gives the first 50 operations of a run and how many there are', async () => {
    const { store } = bench();
    for (let seq = 0; seq < 120; seq += 1) {
      await store.intend(aRun(), seq, anOperation(`v${seq}`), noon());
    }
    await store.endRun('run-1', noon(1));

    const [run] = (await store.runs(ALL)).items;
    const whole = await store.run('run-1');

    expect(run).toMatchObject({ operationCount: 120, endedAt: noon(1) });
    expect(run?.operations.map(({ operation }) => operation.tag)).toEqual(
      Array.from({ length: 50 }, (_, seq) => `v${seq}`),
    );
    expect(whole?.operations).toHaveLength(120);
  });

  test('runs() refuses a cursor that it did not make', async () => {
    await expect(bench().store.runs({ ...ALL, after: 'yesterday' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message:
        'Cannot list runs after "yesterday": it is no cursor, expected the "next" of an earlier page',
    });
  });

  test('run() and runs() read what another release wrote as absent', async () => {
    await bench().store.intend(aRun(), 0, anOperation(), noon());

    await bench().setVersion(2);

    expect(await bench().store.run('run-1')).toBeNull();
    expect(await bench().store.runs(ALL)).toEqual({ items: [], next: null });
    await bench().setVersion(1);
    expect(await bench().store.run('run-1')).not.toBeNull();
  });

  test('prune() drops old runs, those beyond the number, and targets not passed since', async () => {
    const { store } = bench();
    for (let at = 0; at < 300; at += 1) {
      const run = aRun({ id: `r${at}`, startedAt: noon(at), target: aTarget(`t${at % 3}`) });
      await store.intend(run, 0, anOperation(), noon());
    }
    await store.finish(aRecord({ target: aTarget('old'), passedAt: noon(119) }), noon());
    await store.finish(aRecord({ target: aTarget('new'), passedAt: noon(120) }), noon());

    await store.prune({ before: noon(120), maxRuns: 1_000 });

    const byAge = await store.runs({ ...ALL, limit: 1_000 });
    expect(byAge.items).toHaveLength(180);
    expect(byAge.items.at(-1)?.id).toBe('r120');
    expect(await store.target(aTarget('old'))).toBeNull();
    expect(await store.target(aTarget('new'))).not.toBeNull();
    expect(await store.run('r119')).toBeNull();

    await store.prune({ before: noon(), maxRuns: 5 });

    const byCount = await store.runs({ ...ALL, limit: 1_000 });
    expect(byCount.items.map(({ id }) => id)).toEqual(['r299', 'r298', 'r297', 'r296', 'r295']);
    const ofTarget = await store.runs({ ...ALL, target: aTarget('t1') });
    expect(ofTarget.items.map(({ id }) => id)).toEqual(['r298', 'r295']);
  });

  test('prune() keeps the store from growing', async () => {
    const { store } = bench();
    const sizes: number[] = [];

    for (let round = 0; round < 5; round += 1) {
      const at = noon(round * HOUR_MS);
      for (let n = 0; n < 20; n += 1) {
        const target = aTarget(`${round}-${n}`);
        await store.begin(target, aStart(null, `gone-${n}`), at);
        await store.begin(target, aStart(`crash-${n}`), at);
        await store.firstSeen(target, ['v1', `w${round}`], at);
        await store.intend(
          aRun({ id: `${round}-${n}`, target, startedAt: at }),
          0,
          anOperation(),
          at,
        );
        await store.finish(aRecord({ target, passedAt: at, since: at, baseline: 3 }), at);
        await store.quarantine(target, at);
        await store.reserve('swr', { requestsPerSecond: 1_000, burst: 1, count: 1 });
        await store.takeDeletes(1, { maxPerHour: 1_000, maxPercent: 100 });
        await store.learn('swr', 'copies', String(round));
      }
      await store.prune({ before: at, maxRuns: 100 });
      sizes.push(await bench().size());
    }

    // Minutes with deletes are the only thing that may differ by the time it takes.
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2);
  });
}
