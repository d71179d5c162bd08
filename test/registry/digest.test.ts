import { describe, expect, test } from 'vitest';
import { digestOf, isDigest, matchesDigest } from '../../src/registry/digest.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digestOf()', () => {
  test('digestOf() is the sha256 of the bytes', () => {
    expect(digestOf(new Uint8Array())).toBe(EMPTY);
  });
});

describe('matchesDigest()', () => {
  test.each([
    [EMPTY, true],
    [`sha256:${'0'.repeat(64)}`, false],
    [
      'sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
      true,
    ],
  ])('matchesDigest() of nothing and %s is %s', (digest, expected) => {
    expect(matchesDigest(new Uint8Array(), digest)).toBe(expected);
  });
});

describe('isDigest()', () => {
  test.each([
    [EMPTY, true],
    [EMPTY.toUpperCase(), false],
    ['sha256:abc', false],
    ['md5:d41d8cd98f00b204e9800998ecf8427e', false],
    ['', false],
  ])('isDigest() of %s is %s', (text, expected) => {
    expect(isDigest(text)).toBe(expected);
  });
});
