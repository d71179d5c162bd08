import fc from 'fast-check';
import { satisfies } from 'semver';
import { describe, expect, test } from 'vitest';
import { rangeCovers, rangeHoldsAny } from '../../src/policy/range.ts';

describe('rangeHoldsAny()', () => {
  test.each([
    ['*', true, true],
    ['>=1.0.0', true, true],
    ['>2 <1', false, false],
    ['>1.0.0 <1.0.1', false, true],
    ['>=1.0.0-rc.1 <1.0.0', false, true],
    ['>1.0.0-rc.1 <1.0.0-rc.1.1', false, true],
    ['<0.0.0', false, true],
    ['<=0.0.0', true, true],
    ['>2 <1 || ^3', true, true],
    ['1.2.3 - 1.2.3', true, true],
    ['>=1.0.0 <1.0.0', false, false],
  ])('rangeHoldsAny() of %s is %s for releases and %s with prereleases', (range, releases, all) => {
    expect(rangeHoldsAny({ range, prerelease: false })).toBe(releases);
    expect(rangeHoldsAny({ range, prerelease: true })).toBe(all);
  });

  test('rangeHoldsAny() is never false for a range that holds a version', () => {
    const parts = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)).map((numbers) => numbers.join('.'));
    const tails = fc.constantFrom('', '-0', '-rc.1');
    const versions = fc.tuple(parts, tails).map(([version, tail]) => `${version}${tail}`);
    const comparators = fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '=', '^', '~'), versions)
      .map(([operator, version]) => `${operator}${version}`);
    const ranges = fc
      .array(comparators, { minLength: 1, maxLength: 3 })
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(ranges, versions, fc.boolean(), (range, version, prerelease) => {
        fc.pre(prerelease || !version.includes('-'));
        fc.pre(satisfies(version, range, { includePrerelease: prerelease }));

        expect(rangeHoldsAny({ range, prerelease })).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('rangeCovers()', () => {
  test.each([
    ['*', '^2', true],
    ['^2', '*', false],
    ['>=1.0.0', '>=1.2.0', true],
    ['>=1.2.0', '>=1.0.0', false],
    ['latest-like', 'latest-like', true],
  ])('rangeCovers() of %s over %s is %s', (outer, inner, expected) => {
    expect(rangeCovers(outer, inner)).toBe(expected);
  });
});
