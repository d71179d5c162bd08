import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareVersions,
  inRange,
  parseRange,
  parseVersion,
  type Version,
  versionScope,
} from '../../src/policy/semver.ts';

function version(name: string): Version {
  const parsed = parseVersion(name);
  if (parsed === null) throw new Error(`"${name}" is no version`);
  return parsed;
}

describe('parseVersion()', () => {
  test('parseVersion() reads three parts with an optional v', () => {
    expect(parseVersion('v1.2.3')).toEqual({
      name: 'v1.2.3',
      text: '1.2.3',
      major: 1,
      minor: 2,
      patch: 3,
      prerelease: [],
    });
    expect(parseVersion('1.2.3-rc.1')?.prerelease).toEqual(['rc', 1]);
  });

  test.each([
    '20240101',
    'deadbee',
    '1e10',
    '0x1f',
    '1.2',
    '1.2.3.4',
    '01.2.3',
    'V1.2.3',
    '=1.2.3',
    ' 1.2.3',
    '1.2.3 ',
    '1.2.3-',
    '1.2.3-a..b',
    '99999999999999999999.0.0',
    'latest',
    '',
  ])('parseVersion() takes %j for a name', (name) => {
    expect(parseVersion(name)).toBeNull();
  });
});

describe('inRange()', () => {
  test.each([
    ['1.5.0', '>=1.0.0', false, true],
    ['v1.5.0', '1.x', false, true],
    ['0.9.0', '>=1.0.0', false, false],
    ['2.0.0-rc.1', '*', false, false],
    ['2.0.0-rc.1', '*', true, true],
    ['2.0.0-rc.1', '>=2.0.0-alpha', false, false],
  ])('inRange() of %s in %s with prerelease %s is %s', (name, range, prerelease, expected) => {
    expect(inRange(version(name), { range, prerelease })).toBe(expected);
  });
});

describe('compareVersions()', () => {
  test('compareVersions() orders by numbers, not by text, and prereleases first', () => {
    const names = ['1.10.0', '1.9.3', 'v2.0.0', '2.0.0-rc.2', '2.0.0-rc.10'];

    const sorted = names.map(version).sort(compareVersions);

    expect(sorted.map(({ name }) => name)).toEqual([
      '1.9.3',
      '1.10.0',
      '2.0.0-rc.2',
      '2.0.0-rc.10',
      'v2.0.0',
    ]);
  });

  test('compareVersions() takes v1.2.3 and 1.2.3 for one version', () => {
    expect(compareVersions(version('v1.2.3'), version('1.2.3'))).toBe(0);
  });

  test('compareVersions() is antisymmetric', () => {
    const names = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(names, names, (left, right) => {
        const there = compareVersions(version(left), version(right));
        const back = compareVersions(version(right), version(left));
        expect(there + back).toBe(0);
      }),
    );
  });
});

describe('versionScope()', () => {
  test('versionScope() names the parts as templates do', () => {
    expect(versionScope(version('v1.20.3'))).toEqual({ major: '1', minor: '20', patch: '3' });
  });
});

describe('parseRange()', () => {
  test.each(['*', '>=1.0.0 <3', '1.x || 3.x', '^2'])('parseRange() accepts %s', (text) => {
    expect(parseRange(text)).toBe(text);
  });

  test.each(['', ' ', '>=1.x.y', 'latest', '>>1'])('parseRange() refuses %j', (text) => {
    expect(() => parseRange(text)).toThrow('Cannot parse version range');
  });
});
