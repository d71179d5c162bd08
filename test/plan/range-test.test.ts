import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rangeTest } from '../../src/plan/range-test.ts';
import { inRange, parseVersion } from '../../src/policy/semver.ts';

const number = fc.constantFrom(0, 1, 2, 10);
const numbers = fc.tuple(number, number, number).map((parts) => parts.join('.'));
const suffix = fc.constantFrom('', '', '-0', '-rc.1', '-rc.10');
const version = fc.tuple(numbers, suffix).map((parts) => parts.join(''));
const limit = fc
  .tuple(fc.constantFrom('', '=', '<', '>', '<=', '>=', '^', '~'), fc.oneof(version, number))
  .map((parts) => parts.join(''));
const range = fc.oneof(
  fc.constantFrom('*', 'x', '1.x', '1.0.0 - 2.x', '>=1 <2 || 10', '<0.0.0', '|| 1'),
  limit,
  fc.tuple(limit, fc.constantFrom(' ', ' || '), limit).map((parts) => parts.join('')),
);

describe('rangeTest()', () => {
  test('answers like the language, for any range and version', () => {
    fc.assert(
      fc.property(range, version, fc.boolean(), (text, name, prerelease) => {
        const read = parseVersion(name);
        const query = { range: text, prerelease };

        expect(read !== null && rangeTest(query)(read)).toBe(read !== null && inRange(read, query));
      }),
      { numRuns: 5_000 },
    );
  });
});
