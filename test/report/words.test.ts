import { describe, expect, test } from 'vitest';
import {
  alignRows,
  columnsOf,
  padColumns,
  renderOutcome,
  shortValue,
  wrapText,
} from '../../src/report/words.ts';
import { digestOf } from '../support/tags.ts';

describe('padColumns()', () => {
  test.each([
    { text: 'abc', padded: 'abc   ' },
    { text: '平台组', padded: '平台组' },
    { text: '平台', padded: '平台  ' },
    { text: 'longer than six', padded: 'longer than six' },
  ])('fills "$text" up to six columns', ({ text, padded }) => {
    expect(padColumns(text, 6)).toBe(padded);
    expect(columnsOf(padded)).toBe(Math.max(6, columnsOf(text)));
  });
});

describe('shortValue()', () => {
  test.each([
    ['', '""'],
    [digestOf('1.0.0'), digestOf('1.0.0').slice(7, 19)],
    ['sha256:short', 'sha256:short'],
    ['prod', 'prod'],
    ['a\u001b[31m', 'a\\u001b[31m'],
  ])('shows "%s" as "%s"', (value, shown) => {
    expect(shortValue(value)).toBe(shown);
  });
});

describe('wrapText()', () => {
  test.each([
    { columns: null, lines: ['older than 30d 平台组 and unused'] },
    { columns: 14, lines: ['older than 30d', '平台组 and', 'unused'] },
    { columns: 5, lines: ['older', 'than', '30d', '平台组', 'and', 'unused'] },
  ])('breaks between words at $columns columns', ({ columns, lines }) => {
    expect(wrapText('older than 30d 平台组 and unused', columns)).toEqual(lines);
  });
});

describe('renderOutcome()', () => {
  test('is empty when nothing was tried', () => {
    expect(renderOutcome(null)).toBe('');
  });
});

describe('alignRows()', () => {
  test('takes no rows, and rows that are too short', () => {
    expect(alignRows([])).toEqual([]);
    expect(alignRows([['a', 'b'], ['long']])).toEqual(['a     b', 'long']);
    expect(alignRows([['a'], ['b', 'more']])).toEqual(['a', 'b  more']);
  });
});
