import { describe, expect, test } from 'vitest';
import { globInstead, patternInstead } from '../../src/policy/mixups.ts';

describe('globInstead()', () => {
  test.each([
    ['prod-.*', 'prod-*'],
    ['.*', '*'],
    ['^v1$', 'v1'],
    ['v1\\.2', 'v1.2'],
    ['ci-\\d+', 'ci-[0-9]*'],
    ['ci-\\w', 'ci-*'],
    ['ci-[0-9]+', 'ci-[0-9]*'],
    ['ci-[0-9a-f]{7}', 'ci-[0-9a-f]*'],
    ['a.+b', 'a*b'],
    ['(a|b)-x', null],
    ['(?<n>a).+', null],
    ['\\S[', null],
  ])('globInstead() of "%s" is %j', (text, glob) => {
    expect(globInstead(text, false)).toBe(glob);
  });

  test.each(['v1.*', 'sha256-[0-9a-f]*', 'shop/**', 'a.b', '{a,b}-*', '*', 'x{7}'])(
    'globInstead() leaves "%s" alone',
    (text) => {
      expect(globInstead(text, false)).toBe(false);
    },
  );

  test('globInstead() lets a star of a path cross slashes', () => {
    expect(globInstead('shop/.*', true)).toBe('shop/**');
  });
});

describe('patternInstead()', () => {
  test.each([
    ['pr-*', 'pr-.*'],
    ['*', '.*'],
    ['*-tmp', '.*-tmp'],
    ['v1*', 'v1.*'],
    ['release*', 'release.*'],
    ['[a-z]-*', '[a-z]-.*'],
  ])('patternInstead() of "%s" is "%s"', (text, pattern) => {
    expect(patternInstead(text)).toBe(pattern);
  });

  test.each(['pr-.*', '[a-z]*', '\\d*', '(a|b)*', '0*[1-9]', 'v?1', 'a.*b*'])(
    'patternInstead() leaves "%s" alone',
    (text) => {
      expect(patternInstead(text)).toBeNull();
    },
  );
});
