import { describe, expect, test } from 'vitest';
import type { PolicySet } from '../../src/model/policy.ts';
import { SourceError } from '../../src/sources/origin.ts';
import { createPolicySource, type LoadedSet } from '../../src/sources/policy-source.ts';

function set(revision: string): PolicySet {
  return { revision: `sha256:${revision}`, policies: [], tests: [] };
}

/** A source whose loads are answered in order, and what it told. */
function sourceOf(...loads: readonly (() => Promise<PolicySet>)[]) {
  const told: string[] = [];
  const left = [...loads];
  const source = createPolicySource({
    initial: set('1'),
    load: async () => await (left.shift() ?? (async () => set('none')))(),
    onLoad(event) {
      const detail = event.result === 'ok' ? event.revision : event.message;
      if (event.isNews) told.push(`${event.result} ${detail}`);
      if (event.result === 'ok' && event.isRollback) told.push('rollback');
    },
    now: () => new Date(0),
  });
  return { source, told };
}

const good = (revision: string) => async () => set(revision);
const bad = (message: string) => async () => await Promise.reject(new Error(message));

describe('createPolicySource()', () => {
  test('createPolicySource() starts with the initial set and no problem', () => {
    const { source, told } = sourceOf();

    expect(source.current()).toEqual(set('1'));
    expect(source.problem()).toBeNull();
    expect(told).toEqual([]);
  });

  test('refresh() puts another revision in force and says so once', async () => {
    const { source, told } = sourceOf(good('2'), good('2'));

    const changed = [await source.refresh(), await source.refresh()];

    expect(changed).toEqual([true, false]);
    expect(source.current()).toEqual(set('2'));
    expect(told).toEqual(['ok sha256:2']);
  });

  test('refresh() keeps the last good set when the new one is bad, and says why once per reason', async () => {
    const { source, told } = sourceOf(bad('torn'), bad('torn'), bad('other'));

    const changed = [await source.refresh(), await source.refresh(), await source.refresh()];

    expect(changed).toEqual([false, false, false]);
    expect(source.current()).toEqual(set('1'));
    expect(source.problem()).toBe('other');
    expect(told).toEqual(['invalid torn', 'invalid other']);
  });

  test('refresh() tells the recovery even when the revision is the old one', async () => {
    const { source, told } = sourceOf(bad('torn'), good('1'));

    await source.refresh();
    const changed = await source.refresh();

    expect(changed).toBe(false);
    expect(source.problem()).toBeNull();
    expect(told).toEqual(['invalid torn', 'ok sha256:1']);
  });

  test('refresh() shows what was thrown when it is no Error', async () => {
    const { source } = sourceOf(async () => await Promise.reject('plain'));

    await source.refresh();

    expect(source.problem()).toBe('plain');
  });

  test('refresh() never lets a slow read of old files replace what a later one found', async () => {
    let finish: (value: PolicySet) => void = () => undefined;
    const slow = new Promise<PolicySet>((resolve) => {
      finish = resolve;
    });
    const { source } = sourceOf(async () => await slow, good('3'));

    const first = source.refresh();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const both = [first, source.refresh()];
    finish(set('2'));
    await Promise.all(both);

    expect(source.current()).toEqual(set('3'));
  });

  test('condition() keeps its beginning while the reason changes, and names the revision in force', async () => {
    const times = [new Date(1_000), new Date(2_000)];
    const source = createPolicySource({
      initial: set('1'),
      load: async () =>
        await Promise.reject(
          times.length > 1
            ? new SourceError('fetch_error', 'away')
            : new SourceError('empty', 'nothing'),
        ),
      onLoad: () => undefined,
      now: () => times.shift() ?? new Date(9_000),
    });

    await source.refresh();
    const first = source.condition();
    await source.refresh();

    expect(first).toEqual({
      reason: 'fetch_error',
      message: 'away',
      since: new Date(1_000),
      lastGood: 'sha256:1',
    });
    expect(source.condition()).toMatchObject({ reason: 'empty', since: new Date(1_000) });
  });

  test('refresh() tells a rollback: a revision that was in force before, or an older commit', async () => {
    const at = (revision: string, ms: number) => async (): Promise<LoadedSet> => ({
      ...set(revision),
      committedAt: new Date(ms),
    });
    const { source, told } = sourceOf(at('2', 20), at('3', 30), at('older', 25), at('3', 30));

    for (let round = 0; round < 4; round += 1) await source.refresh();

    expect(told).toEqual([
      'ok sha256:2',
      'ok sha256:3',
      'ok sha256:older',
      'rollback',
      'ok sha256:3',
      'rollback',
    ]);
  });

  test('refresh() of many at once reads twice: who comes while one reads shares the next reading', async () => {
    let reads = 0;
    const source = createPolicySource({
      initial: set('1'),
      load: async () => {
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return set(String(reads + 1));
      },
      onLoad: () => undefined,
      now: () => new Date(0),
    });
    const first = source.refresh();
    await new Promise((resolve) => setTimeout(resolve, 1));

    await Promise.all([first, ...Array.from({ length: 500 }, async () => await source.refresh())]);

    expect([reads, source.current().revision]).toEqual([2, 'sha256:3']);
  });

  test('isAt() knows the commit in force, and nothing while the newest files are not', async () => {
    const revision = 'main@sha1:abc' as const;
    const source = createPolicySource({
      initial: { ...set('1'), revision },
      load: async () => await Promise.reject(new Error('torn')),
      onLoad: () => undefined,
      now: () => new Date(0),
    });
    const before = [source.isAt('abc'), source.isAt('main')];

    await source.refresh();

    expect([...before, source.isAt('abc')]).toEqual([true, false, false]);
  });
});
