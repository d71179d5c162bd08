import { describe, expect, test } from 'vitest';
import { patternCovers } from '../../src/policy/pattern-cover.ts';

describe('patternCovers()', () => {
  test.each([
    [null, 'x', true],
    [null, null, true],
    ['.*', null, true],
    ['.+', 'x', true],
    ['x', null, false],
    ['ci-[0-9]+', 'ci-[0-9]+', true],
    ['ci-.*', 'ci-main-.*', true],
    ['ci-main-.*', 'ci-.*', false],
    ['ci-.*', 'ci-[0-9]+', true],
    ['ci-.*', 'ci-?', false],
    ['ci-.*', 'ci-*', false],
    ['c.i.*', 'c.i.x', false],
    ['ci-.*', 'ci-a|b', false],
    ['(ci).*', 'ci-a', false],
  ])('patternCovers() of %s over %s is %s', (outer, inner, expected) => {
    expect(patternCovers(outer, inner)).toBe(expected);
  });
});
