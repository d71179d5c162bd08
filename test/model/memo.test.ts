import { describe, expect, test } from 'vitest';
import { memoize, memoizeFor } from '../../src/model/memo.ts';

/** A function that tells how often it ran. */
function counted(most: number) {
  const calls: string[] = [];
  const ask = memoize(most, (text) => {
    calls.push(text);
    if (text === 'bad') throw new RangeError(text);
    return text === 'nothing' ? null : text.length;
  });
  return { calls, ask };
}

describe('memoize()', () => {
  test('memoize() computes a text once, null included', () => {
    const { calls, ask } = counted(10);

    const results = ['a', 'bb', 'a', 'nothing', 'nothing'].map(ask);

    expect(results).toEqual([1, 2, 1, null, null]);
    expect(calls).toEqual(['a', 'bb', 'nothing']);
  });

  test('memoize() forgets when it is full, so that it never grows', () => {
    const { calls, ask } = counted(2);

    for (const text of ['a', 'b', 'c', 'a']) ask(text);

    expect(calls).toEqual(['a', 'b', 'c', 'a']);
  });

  test('memoize() asks again after a failure', () => {
    const { calls, ask } = counted(2);

    expect(() => ask('bad')).toThrow('bad');
    expect(() => ask('bad')).toThrow('bad');
    expect(calls).toEqual(['bad', 'bad']);
  });
});

describe('memoizeFor()', () => {
  test('memoizeFor() computes once for each object, and alike objects are not the same one', () => {
    const one = { text: 'a' };
    const alike = { text: 'a' };
    const calls: object[] = [];
    const ask = memoizeFor((owner: { readonly text: string }) => {
      calls.push(owner);
      return [owner.text];
    });

    const results = [one, alike, one].map(ask);

    expect(results).toEqual([['a'], ['a'], ['a']]);
    expect(results[2]).toBe(results[0]);
    expect(calls).toEqual([one, alike]);
  });
});
