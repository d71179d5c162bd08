import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareFindings, compareOperations, fieldOf } from '../../src/check/compare.ts';
import type { Operation } from '../../src/model/plan.ts';
import { anExpectation } from '../support/policy-tests.ts';

const reasoned = {
  policy: 'shop',
  rule: 'retain[0]',
  mode: 'sync',
  because: 'older than 30d',
} as const;

const drop: Operation = {
  ...reasoned,
  type: 'delete',
  tag: 'ci-1',
  replaces: 'old',
  makesRoomFor: null,
};
const add: Operation = { ...reasoned, type: 'add', tag: 'owner', value: 'shop', replaces: null };
const copy: Operation = {
  ...reasoned,
  type: 'copy',
  tag: 'stable',
  from: '1.1.0',
  value: 'sha256:1',
  replaces: null,
};
const planned = [drop, add, copy];

const wantedDrop = anExpectation();
const wantedAdd = anExpectation({ type: 'add', tag: 'owner' });
const wantedCopy = anExpectation({ type: 'copy', tag: 'stable' });

describe('compareOperations()', () => {
  test('finds nothing when every operation is expected, in any order', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([wantedDrop, wantedAdd, wantedCopy], { minLength: 3 }),
        fc.shuffledSubarray(planned, { minLength: 3 }),
        (expected, operations) => {
          expect(compareOperations(expected, operations)).toEqual([]);
        },
      ),
    );
  });

  test('tells what is missing and what nobody expected', () => {
    expect(compareOperations([wantedDrop, wantedCopy], [add, copy])).toEqual([
      { type: 'missing', expected: wantedDrop },
      { type: 'unexpected', planned: add },
    ]);
  });

  test.each([
    ['policy', 'other', 'shop'],
    ['rule', 'retain[1]', 'retain[0]'],
    ['because', 'younger', 'older than 30d'],
    ['from', '1.0.0', '1.1.0'],
    ['value', 'sha256:2', 'sha256:1'],
  ] as const)('tells that %s is not "%s" but "%s"', (field, expected, found) => {
    const differences = compareOperations([{ ...wantedCopy, [field]: expected }], [copy]);

    expect(differences).toEqual([
      { type: 'changed', planned: copy, fields: [{ field, expected, planned: found }] },
    ]);
  });

  test('takes a part of the reason for the whole, and nothing else', () => {
    const stated = { policy: 'shop', rule: 'retain[0]', from: '1.1.0', value: 'sha256:1' };

    expect(compareOperations([{ ...wantedCopy, ...stated, because: '30d' }], [copy])).toEqual([]);
    expect(compareOperations([{ ...wantedCopy, rule: 'retain' }], [copy])).toHaveLength(1);
  });

  test('gives a strict expectation what a loose one would take as well', () => {
    const first: Operation = { ...add, value: 'a' };
    const second: Operation = { ...add, value: 'b' };

    expect(compareOperations([wantedAdd, { ...wantedAdd, value: 'a' }], [first, second])).toEqual(
      [],
    );
  });

  test('tells what is missing in the order of the test', () => {
    const strict = { ...wantedCopy, from: '1.0.0', rule: 'channels[0]' };

    const differences = compareOperations([wantedDrop, strict, wantedAdd], []);

    expect(differences).toEqual(
      [wantedDrop, strict, wantedAdd].map((expected) => ({ type: 'missing', expected })),
    );
  });

  test('takes each planned operation once', () => {
    expect(compareOperations([wantedDrop, wantedDrop], [drop])).toEqual([
      { type: 'missing', expected: wantedDrop },
    ]);
  });

  test('does not take an operation of another type for the same name', () => {
    expect(compareOperations([{ ...wantedAdd, tag: 'ci-1' }], [drop])).toEqual([
      { type: 'missing', expected: { ...wantedAdd, tag: 'ci-1' } },
      { type: 'unexpected', planned: drop },
    ]);
  });
});

describe('fieldOf()', () => {
  test('reads of a delete the value that goes, and a source of a copy only', () => {
    expect(planned.map((operation) => fieldOf(operation, 'value'))).toEqual([
      'old',
      'shop',
      'sha256:1',
    ]);
    expect(planned.map((operation) => fieldOf(operation, 'from'))).toEqual([null, null, '1.1.0']);
  });
});

describe('compareFindings()', () => {
  const found = [
    { severity: 'warning', policy: 'shop', rule: null, message: 'required key "owner" is missing' },
  ] as const;

  test.each([
    { severity: 'warning', message: '"owner"', met: true },
    { severity: null, message: '"owner"', met: true },
    { severity: 'error', message: '"owner"', met: false },
    { severity: 'warning', message: '"stage"', met: false },
  ] as const)('finding "$message" of severity $severity is there: $met', ({ met, ...wanted }) => {
    expect(compareFindings([wanted], found)).toEqual(
      met ? [] : [{ type: 'finding', expected: wanted }],
    );
  });

  test('does not mind findings that nobody asked for', () => {
    expect(compareFindings([], found)).toEqual([]);
  });
});
