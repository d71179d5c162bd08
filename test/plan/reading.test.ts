import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReading } from '../../src/plan/reading.ts';
import { compilePattern } from '../../src/policy/pattern.ts';
import { parseVersion } from '../../src/policy/semver.ts';

const number = fc.constantFrom('0', '1', '01', '9', '12', '999999999999999', '9007199254740993');
const version = fc
  .tuple(
    fc.constantFrom('', 'v', 'V'),
    number,
    number,
    number,
    fc.constantFrom('', '-rc.1', '-0', '+x', '.4'),
  )
  .map(([v, major, minor, patch, rest]) => `${v}${major}.${minor}.${patch}${rest}`);

describe('createReading()', () => {
  test('reads versions like the parser of the language', () => {
    const { version: read } = createReading();
    fc.assert(
      fc.property(fc.oneof(version, fc.string()), (name) => {
        expect(read(name)).toEqual(parseVersion(name));
        expect(read(name)).toEqual(parseVersion(name));
      }),
    );
  });

  test('matches names like the linear engine', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '-',
      '1',
      '\\.',
      '\\d',
      '.',
      '[ab]',
      '[0-9a]',
      '(?:a|b)',
      '\\w',
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}'))
      .map(([one, repeat]) => one + repeat);
    const run = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
    const pattern = fc.oneof(
      run,
      fc.tuple(run, run).map(([before, inside]) => `${before}(?<part>${inside})`),
      fc.tuple(run, run).map(([inside, after]) => `(${inside})${after}`),
    );
    const letter = fc.constantFrom('a', 'b', '-', '1', '2', '.', 'ä', '\n', '\u2028', '😀');
    const name = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, fc.array(name, { minLength: 1, maxLength: 10 }), (text, names) => {
        const quick = createReading().pattern(text);
        const linear = compilePattern(text);

        expect(quick.groupNames).toEqual(linear.groupNames);
        expect(names.map((one) => quick.matches(one))).toEqual(
          names.map((one) => linear.matches(one)),
        );
        expect(names.map((one) => quick.groups(one))).toEqual(
          names.map((one) => linear.groups(one)),
        );
        expect(names.map(createReading().part(text, 'part'))).toEqual(
          names.map((one) => linear.groups(one)?.['part'] ?? null),
        );
      }),
      { numRuns: 5_000 },
    );
  });

  test('reads the group it is asked for, and none that the pattern has not', () => {
    const { part } = createReading();
    const pattern = '(?<branch>[a-z]+)-(1)-(?<build>[0-9]+)';

    expect(part(pattern, 'build')('main-1-2')).toBe('2');
    expect(part(pattern, 'branch')('main-1-2')).toBe('main');
    expect(part(pattern, 'other')('main-1-2')).toBeNull();
  });

  test('leaves a long name to the linear engine, whatever the pattern', () => {
    const long = 'a'.repeat(65_536);

    expect(createReading().pattern('.*a.*').matches(long)).toBe(true);
    expect(createReading().pattern('.*a.*b').groups(long)).toBeNull();
    expect(createReading().part('.*(?<all>a.*)b', 'all')(long)).toBeNull();
    expect(createReading().part('(?<all>a.*)', 'all')(long)).toBe(long);
  });
});
