import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenge } from '../../src/registry/challenge.ts';

const BEARER = { type: 'bearer', realm: 'https://auth.example/token', service: 'reg', error: null };

describe('parseChallenge()', () => {
  test.each([
    ['Basic realm="Registry"', { type: 'basic' }],
    ['bAsIc', { type: 'basic' }],
    ['Bearer realm="https://auth.example/token",service="reg"', BEARER],
    ['bearer SERVICE=reg , ReAlM="https://auth.example/token"', BEARER],
    [
      'Bearer scope="repository:a:pull,push",service="reg",realm="https://auth.example/token"',
      BEARER,
    ],
    ['Basic realm="x", Bearer realm="https://auth.example/token",service="reg"', BEARER],
    ['Bearer realm="https://auth.example/token",service="reg", Basic realm="x"', BEARER],
    [
      'Bearer realm="https://auth.example/\\"t",service="a,b"',
      {
        ...BEARER,
        realm: 'https://auth.example/"t',
        service: 'a,b',
      },
    ],
    [
      'Bearer realm="https://auth.example/token",error="insufficient_scope"',
      {
        ...BEARER,
        service: null,
        error: 'insufficient_scope',
      },
    ],
    ['Bearer service="reg"', null],
    ['Negotiate', null],
    ['', null],
    [undefined, null],
  ])('parseChallenge() reads %s', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  test('parseChallenge() never throws, and takes no time for any header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(() => parseChallenge(`Bearer ${header}`)).not.toThrow();
      }),
    );
    expect(parseChallenge(`Bearer realm="${'\\"'.repeat(100_000)}`)).toBeNull();
  });
});
