import { describe, expect, test } from 'vitest';
import { compileGlob, matchesAny } from '../../src/policy/glob.ts';

describe('matchesAny()', () => {
  test.each([
    [['v*', 'prod-*'], 'prod-1', true],
    [['v*', 'prod-*'], 'dev-1', false],
    [[], 'v1', false],
  ])('matchesAny() of %j for %s is %s', (globs, name, expected) => {
    expect(matchesAny(globs, name)).toBe(expected);
  });
});

describe('compileGlob()', () => {
  test('compileGlob() throws on what is no glob', () => {
    expect(() => compileGlob('{a')).toThrow(SyntaxError);
  });
});
