import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher } from '../../src/model/glob.ts';

describe('globMatcher()', () => {
  test.each([
    ['*', 'web', true],
    ['*', '.hidden', true],
    ['*', '..', true],
    ['*', 'shop/web', false],
    ['**', 'shop/web', true],
    ['shop/*', 'shop/web', true],
    ['shop/*', 'shop/a/b', false],
    ['shop/**', 'shop/a/b', true],
    ['shop/**', 'shop', false],
    ['**/web', 'web', true],
    ['**/web', 'a/b/web', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['x**/y', 'x/y', true],
    ['x**/y', 'y', false],
    ['v?', 'v1', true],
    ['v?', 'v/', false],
    ['v[0-9]', 'v7', true],
    ['v[0-9]', 'vx', false],
    ['v[!0-9]', 'vx', true],
    ['v[^0-9]', 'v7', false],
    ['v[!0-9]', 'v/', false],
    ['[\\]', '\\', true],
    ['{dev,prod}-*', 'prod-1', true],
    ['{dev,prod}-*', 'test-1', false],
    ['a{b,c{d,e}}', 'ace', true],
    ['a,b', 'a,b', true],
    ['1.0', '1.0', true],
    ['1.0', '1x0', false],
    ['a+(b)|^$', 'a+(b)|^$', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['!v1', '!v1', true],
    ['!v1', 'v2', false],
    ['V*', 'v1', false],
    ['*', 'line\nbreak', true],
    ['😀?', '😀😀', true],
    ['**', '', false],
  ])('globMatcher() with "%s" on "%s" answers %s', (glob, name, expected) => {
    expect(globMatcher([glob])(name)).toBe(expected);
  });

  test('globMatcher() matches when any glob does, and never without one', () => {
    expect(globMatcher(['v*', 'prod-*'])('prod-1')).toBe(true);
    expect(globMatcher([])('prod-1')).toBe(false);
  });

  test.each(['', 'v[0-9', 'v[]', '{a,b', 'a}', 'a\\', '[z-a]', '*'.repeat(501)])(
    'globMatcher() throws on "%s" instead of matching nothing',
    (glob) => {
      expect(() => globMatcher([glob])).toThrow(/^Cannot compile glob/);
    },
  );

  test('globMatcher() matches every name to itself when it holds no wildcard', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w./+@:() -]{1,40}$/), (name) => {
        expect(globMatcher([name])(name)).toBe(true);
      }),
    );
  });

  test('globMatcher() answers the same whether a glob takes an engine or not', () => {
    const names = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '.', '-', ',', '\n'),
      maxLength: 6,
    });
    fc.assert(
      fc.property(names, fc.constantFrom('', '*', '**'), names, (lead, stars, rest) => {
        const simple = globMatcher([`a${lead}${stars}`]);
        // A class takes the engine.
        const asked = globMatcher([`[a]${lead}${stars}`]);

        for (const name of [`a${lead}${rest}`, `a${rest}`, rest]) {
          expect([name, simple(name)]).toEqual([name, asked(name)]);
        }
      }),
    );
  });

  test('globMatcher() does not hang on a glob made to hang', () => {
    const matches = globMatcher([`${'*a'.repeat(20)}b`]);
    const startedMs = performance.now();

    const answer = matches('a'.repeat(64 * 1024));

    expect(answer).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
