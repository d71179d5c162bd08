import { describe, expect, test } from 'vitest';
import { refusedRenderings, refusedValues } from '../../src/policy/check-renderings.ts';
import { imsLike } from './accounts.ts';

const ACCOUNTS = [{ account: 'ims-north', capabilities: imsLike }];
const X40 = 'x'.repeat(40);

describe('refusedRenderings()', () => {
  test.each([
    ['fits', []],
    [X40 + X40, ['bad-value']],
    [`{{ image.name }}${X40}`, []],
    [`{{ image.name }}${X40}xxxx`, ['bad-value']],
    [`{{ image.name | truncate(3) }}${X40}`, []],
    [`{{ image.name | truncate(4) }}${X40}`, ['risky-value']],
    [`{{ image.name | truncate(4) | upper }}${X40}`, []],
    [`{{ image.a }}{{ image.b | truncate(4) }}${X40}`, ['risky-value']],
    [`{{ image.name ?? "none" }}${X40}`, ['risky-value']],
    [`{{ image.name ?? "non" }}${X40}`, []],
    [`{{ image.name }}{{ image.name ?? "none" }}${X40}`, []],
    [`{{ image.a }}{{ image.b ?? "none" }}${X40}`, ['risky-value']],
  ])('refusedRenderings() of %s are %j', (text, codes) => {
    const complaints = refusedRenderings([{ rule: 'tags.ensure.a', text }], ACCOUNTS);

    expect(complaints.map(({ problem }) => problem.code)).toEqual(codes);
  });

  test('refusedRenderings() knows that a fact may fill a value that must not be blank', () => {
    const capabilities = {
      ...imsLike,
      refuseValue: (text: string) => (text === '' ? 'some' : null),
    };

    const complaints = refusedRenderings(
      [{ rule: 'tags.ensure.a', text: '{{ image.name }}' }],
      [{ account: 'ims-north', capabilities }],
    );

    expect(complaints).toEqual([]);
  });
});

describe('refusedValues()', () => {
  test('refusedValues() takes braces for text', () => {
    const long = `{{ image.name ?? "${X40}" }}`;

    expect(refusedValues([{ rule: 'a', text: long }], ACCOUNTS)).toHaveLength(1);
    expect(refusedValues([{ rule: 'a', text: '{{ image' }], ACCOUNTS)).toEqual([]);
  });
});
