import { expect, test } from 'vitest';
import { aRecord, aStart, aTarget, HOUR_MS, MINUTE_MS, noon } from './samples.ts';
import type { StoreBench } from './store-bench.ts';

/** Deaths that are kept for the fleet. */
const MAX_DEATHS = 1_000;

export function crashContract(bench: () => StoreBench): void {
  /** Begins a pass and gives [crashes, in a row, deaths]. */
  const begin = async (
    process: string,
    { crash = null, after = 0, path = 'shop/web' }: Begun = {},
  ): Promise<number[]> => {
    const start = aStart(crash, process);
    const facts = await bench().store.begin(aTarget(path), start, noon(after));
    return [facts.crashes, facts.crashesInRow, facts.deaths];
  };

  test('begin() counts each crash once, as the death of the process that had the target, for an hour', async () => {
    const counts = [
      await begin('a'),
      await begin('b', { crash: 'one', after: MINUTE_MS }),
      await begin('c', { crash: 'one', after: 2 * MINUTE_MS }),
      await begin('d', { crash: 'two', after: 3 * MINUTE_MS }),
      await begin('d', { crash: 'one', after: 4 * MINUTE_MS }),
      await begin('d', { after: HOUR_MS + MINUTE_MS }),
      await begin('d', { crash: 'one', after: HOUR_MS + 2 * MINUTE_MS }),
      await begin('d', { after: HOUR_MS + 3 * MINUTE_MS }),
    ];

    expect(counts).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
      [2, 2, 2],
      [2, 2, 2],
      [1, 1, 1],
      [1, 1, 1],
      [0, 0, 0],
    ]);
  });

  test('begin() counts nothing against a target whose process is not known, or is the one that asks', async () => {
    expect(await begin('a', { crash: 'before the first pass' })).toEqual([0, 0, 0]);
    expect(await begin('a', { crash: 'lost lock' })).toEqual([0, 0, 0]);
    expect(await begin('b', { crash: 'lost lock' })).toEqual([0, 0, 0]);
    expect(await begin('c', { crash: 'death of b' })).toEqual([1, 1, 1]);
  });

  test('heard() takes back the crashes of a process that lives, and no later one', async () => {
    const { store } = bench();
    await begin('a');
    await begin('b', { crash: 'frozen', after: 1 });
    await begin('a', { path: 'other', after: 1 });
    const held = await begin('b', { after: 2 });

    await store.heard('nobody');
    const stillHeld = await begin('b', { after: 2 });
    await store.heard('a');
    const cleared = await begin('b', { after: 2 });
    const other = await begin('b', { crash: 'killed', path: 'other', after: 9 });
    const still = await begin('b', { after: 9 });

    expect([held, stillHeld, cleared]).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [0, 0, 0],
    ]);
    expect(other).toEqual([1, 1, 1]);
    expect(still).toEqual([0, 0, 0]);
  });

  test('heard() by another process reaches everybody', async () => {
    await begin('a');
    await begin('b', { crash: 'frozen' });

    await (await bench().another()).heard('a');

    expect(await begin('b')).toEqual([0, 0, 0]);
  });

  test('begin() tells how many crashes there were in a row since the last pass that ended', async () => {
    const { store } = bench();
    await begin('a');
    await begin('b', { crash: 'one', after: 1 });
    await store.finish(aRecord({ passedAt: noon(2) }), null);

    const afterPass = await begin('b', { after: 3 });
    const afterCrash = await begin('c', { crash: 'two', after: 4 });

    expect(afterPass).toEqual([1, 0, 1]);
    expect(afterCrash).toEqual([2, 1, 2]);
  });

  test('begin() counts all deaths since the first that the target was part in, one for all targets of a process', async () => {
    await begin('early', { path: 'x' });
    await begin('late', { path: 'x', crash: 'x1', after: 1 });
    await begin('a');
    await begin('a', { path: 'y' });
    await begin('b', { path: 'y', crash: 'y1', after: 9 });
    const first = await begin('b', { crash: 'one', after: 10 });
    await begin('late', { path: 'x', crash: 'x2', after: 20 });
    await begin('c', { path: 'x', crash: 'x3', after: 30 });

    const second = await begin('c', { crash: 'two', after: 40 });

    expect(first).toEqual([1, 1, 1]);
    // a, late and b; not early.
    expect(second).toEqual([2, 2, 3]);
  });

  test('begin() after everything was lost holds nothing against anybody, and counts from there on', async () => {
    await begin('a');
    await begin('b', { crash: 'one' });

    await bench().clear();

    expect(await begin('c', { crash: 'two' })).toEqual([0, 0, 0]);
    expect(await begin('d', { crash: 'three', after: 1 })).toEqual([1, 1, 1]);
  });

  test('begin() keeps the newest deaths of the fleet, and none for longer than a day', async () => {
    const targets = 20;
    const crashes = MAX_DEATHS + 60;
    for (let crash = 0; crash < crashes; crash += 1) {
      const path = `t${crash % targets}`;
      await begin(`p${crash}`, { path, crash: `c${crash}`, after: crash });
    }
    const size = await bench().size();
    const tomorrow = { path: 't0', after: 25 * HOUR_MS };
    await begin('next', { ...tomorrow, crash: 'tomorrow' });
    const counts = await begin('last', { ...tomorrow, crash: 'and again' });
    const later = await bench().size();

    // Crashes, owners and deaths; what is trimmed may be seen for one call longer.
    expect(size).toBeLessThanOrEqual(crashes + targets + MAX_DEATHS + 1);
    expect(later).toBeLessThanOrEqual((crashes / targets) * (targets - 1) + 2 + targets + 2);
    expect(counts).toEqual([2, 2, 2]);
  }, 60_000);
}

interface Begun {
  readonly crash?: string | null;
  readonly after?: number;
  readonly path?: string;
}
