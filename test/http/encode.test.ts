import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePath, encodeQuery, encodeStrict } from '../../src/http/encode.ts';

describe('encodeStrict()', () => {
  test.each([
    ['a b', 'a%20b'],
    ['環', '%E7%92%B0'],
    ["!'()*", '%21%27%28%29%2A'],
    ['-._~', '-._~'],
    ['a/b', 'a%2Fb'],
    ['$', '%24'],
  ])('encodes %s as %s', (text, encoded) => {
    expect(encodeStrict(text)).toBe(encoded);
  });

  test('is undone by one decode, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeURIComponent(encodeStrict(text))).toBe(text);
      }),
    );
  });
});

describe('encodePath()', () => {
  test('leaves a dollar literal and an encoded-looking segment encoded again', () => {
    expect(encodePath(['repos', 'team$app', 'a%20b'])).toBe('/repos/team$app/a%2520b');
  });

  test('is a slash for no segments', () => {
    expect(encodePath([])).toBe('/');
  });
});

describe('encodeQuery()', () => {
  test('keeps the order, repeated names and empty values', () => {
    const query = encodeQuery([
      ['b', '1'],
      ['a', 'x=y&z'],
      ['b', ''],
    ]);

    expect(query).toBe('b=1&a=x%3Dy%26z&b=');
  });
});
