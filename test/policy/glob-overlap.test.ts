import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher } from '../../src/model/glob.ts';
import { globCovers, globsMeet, leadOf } from '../../src/policy/glob-overlap.ts';

const MANY = '{a,b}'.repeat(6);

describe('globsMeet()', () => {
  test.each([
    ['shop/*', 'shop/web', true],
    ['shop/*', 'shop/a/b', false],
    ['shop/**', 'shop/a/b', true],
    ['*', '**', true],
    ['*-prod', 'web-*', true],
    ['golden-*', 'silver-*', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a[0-9]', 'ax', true],
    ['a[0-9]', 'a/', false],
    ['{a,b}-*', 'b-1', true],
    ['{a,b}-*', 'c-1', false],
    ['**/web', 'web', true],
    ['a/**/web', 'a/web', true],
    ['a\\*', 'a*', true],
    ['[ab]/**/c', 'zzz', true],
    ['**/**/**/**/**/**/a', 'zzz', true],
    ['{**/,x}b', 'b', true],
    ['a\\*', 'ab', false],
    ['{a,\\}}', 'zzz', true],
    [MANY, 'zzz', true],
    ['', 'a', false],
  ])('globsMeet() of %s and %s is %s', (left, right, expected) => {
    expect(globsMeet(left, right)).toBe(expected);
    expect(globsMeet(right, left)).toBe(expected);
  });
});

describe('globCovers()', () => {
  test.each([
    ['shop/*', 'shop/web', true],
    ['shop/web', 'shop/*', false],
    ['shop/**', 'shop/*', true],
    ['shop/*', 'shop/**', false],
    ['*', 'a?', true],
    ['??', 'ab', true],
    ['??', 'a[0-9]', true],
    ['a?', 'a/', false],
    ['a[0-9]', 'a1', false],
    ['a[0-9]', 'a[0-9]', true],
    ['golden-*', 'golden-hardened-*', true],
    ['golden-*', '{golden-a,golden-b}', true],
    ['golden-*', '{golden-a,silver}', false],
    ['{a,b}', 'b', true],
    ['**/web', 'web', true],
    ['**/web', '*/web', true],
    ['**{a,/}?', '?', false],
    [MANY, 'aaaaaa', false],
    ['*', MANY, false],
    ['a', 'ab', false],
  ])('globCovers() of %s over %s is %s', (outer, inner, expected) => {
    expect(globCovers(outer, inner)).toBe(expected);
  });
});

describe('leadOf()', () => {
  test.each([
    ['shop/web', 'shop/web'],
    ['shop/*', 'shop/'],
    ['a{b,c}', 'a'],
    ['a[b]', 'a'],
    ['a\\*', 'a'],
    ['**', ''],
  ])('leadOf() of %s is %j', (glob, lead) => {
    expect(leadOf(glob)).toBe(lead);
  });
});

const letters = fc.array(fc.constantFrom('a', 'b', '/'), { minLength: 1, maxLength: 5 });
const wildcards = fc.array(fc.nat(5), { minLength: 5, maxLength: 5 });

/** A glob that matches the name: each letter as it is, or hidden behind something wider. */
function hide(name: readonly string[], choices: readonly number[]): string {
  return name
    .map((letter, index) => {
      const wide =
        letter === '/' ? ['**', '{/,b}', '**'] : ['?', '*', '**', '[ab]', `{${letter},/}`];
      return wide[choices[index] ?? 0] ?? letter;
    })
    .join('');
}

describe('globs and the matcher', () => {
  test('globsMeet() is true for any two globs that match one name', () => {
    fc.assert(
      fc.property(letters, wildcards, wildcards, (name, one, other) => {
        const [left, right] = [hide(name, one), hide(name, other)];

        expect([left, right].every((glob) => globMatcher([glob])(name.join('')))).toBe(true);
        expect(globsMeet(left, right)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('globCovers() is never true when a name matches only the inner glob', () => {
    fc.assert(
      fc.property(letters, letters, wildcards, wildcards, (name, base, one, other) => {
        const [outer, inner] = [hide(base, one), hide(name, other)];

        const refuted = !globMatcher([outer])(name.join(''));

        expect(refuted && globCovers(outer, inner)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
