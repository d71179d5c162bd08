import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderClosing } from '../../src/report/closing.ts';
import { applied, guarded, inSync, planned, refused, unknown } from './reports.ts';

const done: Report = {
  ...applied,
  performed: applied.performed
    .slice(0, 2)
    .map(({ operation }) => ({ operation, outcome: { status: 'applied', attempts: 1 } })),
};
const one: Report = { ...done, performed: done.performed.slice(0, 1) };

describe('renderClosing()', () => {
  test.each<[string | null, readonly Report[], readonly string[]]>([
    [null, [applied, inSync, unknown], []],
    ['1 target refused; nothing was written', [refused, inSync], []],
    [
      '2 targets refused; 1 operation applied on the others; safe to run again',
      [refused, guarded, one],
      [],
    ],
    [
      '1 target refused; 2 operations applied on the others; safe to run again',
      [refused, done],
      [],
    ],
    [
      '1 target refused; 2 operations applied on the others; 1 failed; 1 skipped; 1 target unknown; safe to run again',
      [refused, applied, unknown],
      [],
    ],
    ['1 target refused; nothing was written; 2 targets unknown', [refused, unknown, unknown], []],
    [
      'all targets refused together; nothing was written',
      [planned],
      ['policy "a" limits.maxDeletes'],
    ],
  ])('renderClosing() says %j', (expected, reports, refusals) => {
    expect(renderClosing(reports, refusals)).toBe(expected);
  });
});
