import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/model/json.ts';

describe('parseJson()', () => {
  test.each([
    ['{"a":[1]}', { a: [1] }],
    [new TextEncoder().encode('"ü"'), 'ü'],
    ['null', null],
    ['{"a"', null],
    [new Uint8Array([0xff]), null],
  ])('parseJson() of %j is %j', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });
});
