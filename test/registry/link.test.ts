import { describe, expect, test } from 'vitest';
import { nextLink, targetWithin } from '../../src/registry/link.ts';

describe('nextLink()', () => {
  test.each([
    ['</v2/a/tags/list?last=b&n=2>; rel="next"', '/v2/a/tags/list?last=b&n=2'],
    ['</x>; title="a"; rel=next', '/x'],
    ['</x>;REL="prev next"', '/x'],
    ['</p>; rel="prev", </n>; rel="next"', '/n'],
    ['</p>; rel="nextish"', null],
    ['</p>', null],
    ['', null],
    [undefined, null],
  ])('nextLink() of %s is %s', (header, expected) => {
    expect(nextLink(header)).toBe(expected);
  });
});

describe('targetWithin()', () => {
  const base = 'https://registry.example/v2/a/tags/list?n=2';
  test.each([
    ['/v2/a/tags/list?last=b', '/v2/a/tags/list?last=b'],
    ['?last=b', '/v2/a/tags/list?last=b'],
    ['https://registry.example/x?y=1', '/x?y=1'],
    ['http://registry.example:5000/x', '/x'],
    ['https://evil.example/x', null],
    ['//evil.example/x', null],
    ['https://registry.example@evil.example/x', null],
    ['http://[', null],
  ])('targetWithin() of %s is %s', (reference, expected) => {
    expect(targetWithin(reference, base)).toBe(expected);
  });
});
