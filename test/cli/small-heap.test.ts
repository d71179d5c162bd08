import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createRestWatch } from '../../src/cli/small-heap.ts';

const BUSY = 0.5;
const IDLE = 0.01;

describe('createRestWatch()', () => {
  test('createRestWatch() collects once when work has ended', () => {
    const look = createRestWatch();

    const due = [BUSY, IDLE, IDLE, BUSY, BUSY, IDLE].map((share) => look(share));

    expect(due).toEqual([null, 'quick', null, null, null, 'quick']);
  });

  test('createRestWatch() collects thoroughly every minute where there is never any work', () => {
    const look = createRestWatch();

    const due = Array.from({ length: 40 }, () => look(IDLE));

    expect(due.flatMap((one, at) => (one === 'thorough' ? [at] : []))).toEqual([12, 25, 38]);
  });

  test('createRestWatch() leaves work alone, however long it lasts', () => {
    const look = createRestWatch();

    const during = Array.from({ length: 300 }, () => look(BUSY));
    const after = [look(IDLE), look(IDLE)];

    expect(new Set(during)).toEqual(new Set([null]));
    expect(after).toEqual(['thorough', null]);
  });
});

test('keepHeapSmall() gives the young generation its size at once, and V8 leaves it there', () => {
  const file = new URL('../../src/cli/small-heap.ts', import.meta.url).href;
  const script = `
    const { getHeapSpaceStatistics } = process.getBuiltinModule('node:v8');
    const { keepHeapSmall } = await import(${JSON.stringify(file)});
    const young = () => {
      const { space_used_size: used, space_available_size: available } = getHeapSpaceStatistics().find(
        ({ space_name: name }) => name === 'new_space',
      );
      return Math.round((used + available) / 1_048_576);
    };
    keepHeapSmall({ works: true });
    const first = young();
    let live = [];
    for (let at = 0; at < 500_000; at += 1) {
      live.push({ at, list: [at] });
      if (live.length > 50_000) live = [];
    }
    console.log(JSON.stringify({ first, later: young() }));`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  const { first, later } = JSON.parse(stdout);
  expect(first).toBe(16);
  // V8 would go on to 32.
  expect(later).toBe(16);
});

test('keepHeapSmall() gives the young generation twice the room while passes come fast, and only then', () => {
  const file = new URL('../../src/cli/small-heap.ts', import.meta.url).href;
  const script = `
    const { getHeapSpaceStatistics } = process.getBuiltinModule('node:v8');
    const { keepHeapSmall } = await import(${JSON.stringify(file)});
    const young = () => {
      const { space_used_size: used, space_available_size: available } = getHeapSpaceStatistics().find(
        ({ space_name: name }) => name === 'new_space',
      );
      return Math.round((used + available) / 1_048_576);
    };
    const heap = keepHeapSmall({ works: true });
    const look = () => new Promise((resolve) => setTimeout(resolve, 5_500));
    for (let pass = 0; pass < 2_000; pass += 1) heap.passed();
    await look();
    const slow = young();
    for (let pass = 0; pass < 4_000; pass += 1) heap.passed();
    await look();
    console.log(JSON.stringify({ slow, fast: young() }));`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ slow: 16, fast: 32 });
});

test('keepHeapSmall() lets the heap grow further while a sweep is on, and no longer', () => {
  const file = new URL('../../src/cli/small-heap.ts', import.meta.url).href;
  // Garbage that is old before it is garbage, so that nothing but a thorough collection takes it.
  const script = `
    const { PerformanceObserver } = process.getBuiltinModule('node:perf_hooks');
    const { keepHeapSmall } = await import(${JSON.stringify(file)});
    const heap = keepHeapSmall({ works: true });
    let collections = 0;
    new PerformanceObserver((list) => {
      collections += list.getEntries().filter(({ detail }) => detail.kind === 4).length;
    }).observe({ entryTypes: ['gc'] });
    const pages = [];
    const churn = async () => {
      const before = collections;
      for (let turn = 0; turn < 1_200; turn += 1) {
        pages.push(Array.from({ length: 10_000 }, (_, at) => ({ at })));
        if (pages.length > 60) pages.shift();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return collections - before;
    };
    await churn();
    const tight = await churn();
    const first = heap.forSweep();
    const second = heap.forSweep();
    first[Symbol.dispose]();
    await churn();
    const roomy = await churn();
    second[Symbol.dispose]();
    await churn();
    const again = await churn();
    console.log(JSON.stringify({ tight, roomy, again }));`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });

  expect(stderr).toBe('');
  const { tight, roomy, again } = JSON.parse(stdout);
  expect(roomy * 1.3).toBeLessThan(tight);
  expect(roomy * 1.3).toBeLessThan(again);
});
