import { describe, expect, test } from 'vitest';
import type { PolicySet } from '../../src/model/policy.ts';
import { createPolicySource } from '../../src/sources/policy-source.ts';

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
    onLoad: (result, detail) => void told.push(`${result} ${detail}`),
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

    const both = [source.refresh(), source.refresh()];
    await new Promise((resolve) => setTimeout(resolve, 5));
    finish(set('2'));
    await Promise.all(both);

    expect(source.current()).toEqual(set('3'));
  });
});
