import { describe, expect, test } from 'vitest';
import { expectCalls } from '../../bench/support/counted.ts';

const EXPECTED = { pages: 101, lists: [10, 30] } as const;

describe('expectCalls()', () => {
  test.each([10, 30])('expectCalls() takes the calls that were expected, %i of them', (lists) => {
    expect(() => expectCalls('x', { byOperation: { pages: 101, lists } }, EXPECTED)).not.toThrow();
  });

  test.each([
    [{ pages: 101, lists: 31 }, 'x: 31 calls of lists, 10 to 30 expected'],
    [{ lists: 10 }, 'x: 0 calls of pages, 101 expected'],
    [{ pages: 101, lists: 10, visits: 1 }, 'x: 1 calls of visits, 0 expected'],
  ])('expectCalls() throws on %o', (byOperation, message) => {
    expect(() => expectCalls('x', { byOperation }, EXPECTED)).toThrow(message);
  });
});
