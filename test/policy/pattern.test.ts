import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/policy/pattern.ts';
import { TextError } from '../../src/policy/text-error.ts';

function faultOf(text: string): TextError {
  try {
    compilePattern(text);
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('compilePattern()', () => {
  test.each([
    ['ci-.*', 'ci-7', true],
    ['ci-.*', 'xci-7', false],
    ['a|b', 'b', true],
    ['a|b', 'ab', false],
    ['v[0-9]', 'v1\n', false],
  ])('compilePattern() matches whole: %s on %j is %s', (pattern, name, matches) => {
    expect(compilePattern(pattern).matches(name)).toBe(matches);
  });

  test('compilePattern() gives the named groups that took part', () => {
    const pattern = compilePattern('main-[0-9a-f]{7}-(?<ts>\\d+)(?:-(?<note>\\w+))?');

    expect(pattern.groupNames).toEqual(['ts', 'note']);
    expect(pattern.groups('main-0a1b2c3-99')).toEqual({ ts: '99' });
    expect(pattern.groups('main-0a1b2c3-99-x')).toEqual({ ts: '99', note: 'x' });
    expect(pattern.groups('main-99')).toBeNull();
    expect(pattern.groups('x-main-0a1b2c3-99')).toBeNull();
  });

  test.each([
    ['ci-([0-9]+', 0, 'missing closing )'],
    ['ci-(?!main)', 3, 'invalid or unsupported Perl syntax'],
    ['a(b)\\1', 4, 'invalid escape sequence'],
    ['x{1001}', 1, 'invalid repeat count'],
    ['ab\\', 3, 'trailing backslash'],
    ['a)', 0, 'unexpected )'],
    ['[z-a]', 1, 'invalid character class range'],
  ])('compilePattern() refuses %s and says where', (text, offset, problem) => {
    const fault = faultOf(text);

    expect(fault.offset).toBe(offset);
    expect(fault.problem).toContain(problem);
  });

  test('compilePattern() refuses a pattern of more than 500 characters', () => {
    expect(faultOf('a'.repeat(501)).problem).toBe('it has 501 characters');
  });

  test('compilePattern() refuses a short pattern that unfolds to a huge program', () => {
    expect(faultOf('x{1000}'.repeat(30)).problem).toBe('it is too large');
  });

  test('compilePattern() stays linear where backtracking explodes', () => {
    const pattern = compilePattern('(?:a+)+b');
    const startedMs = performance.now();

    const matches = pattern.matches('a'.repeat(5_000));

    expect(matches).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
