import { describe, expect, test } from 'vitest';
import { suggest } from '../../src/policy/suggest.ts';

describe('suggest()', () => {
  test.each([
    ['intervall', ['interval', 'limits'], 'interval'],
    ['Owner', ['owners', 'owner'], 'owner'],
    ['sycn', ['sync', 'observe'], 'sync'],
    ['id', ['ids', 'tags'], 'ids'],
    ['id', ['name'], null],
    ['exclusive', ['channels'], null],
    ['x', [], null],
  ])('suggest() for %s out of %j is %j', (word, candidates, guess) => {
    expect(suggest(word, candidates)).toBe(guess);
  });

  test('suggest() takes the nearest of several', () => {
    expect(suggest('targets', ['target', 'targetss', 'targets2x', 'targets'])).toBe('targets');
  });
});
