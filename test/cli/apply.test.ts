import { describe, expect, test } from 'vitest';
import { exitCodeOfApply } from '../../src/cli/apply.ts';
import { APPLIED, anUnknown, aReport, FAILED, SKIPPED } from './reports.ts';

describe('exitCodeOfApply()', () => {
  test.each([
    { when: 'there was no target', reports: [], code: 0 },
    { when: 'all is in sync', reports: [aReport('in-sync')], code: 0 },
    {
      when: 'all was applied',
      reports: [aReport('drifted', [APPLIED, APPLIED]), aReport('in-sync')],
      code: 0,
    },
    { when: 'a mode leaves the drift', reports: [aReport('drifted')], code: 0 },
    { when: 'nothing could be applied', reports: [aReport('drifted', [FAILED, SKIPPED])], code: 1 },
    { when: 'no target could be listed', reports: [anUnknown(), aReport('in-sync')], code: 1 },
    {
      when: 'one operation of two was applied',
      reports: [aReport('drifted', [APPLIED, SKIPPED])],
      code: 4,
    },
    {
      when: 'one target of two was applied',
      reports: [anUnknown(), aReport('drifted', [APPLIED])],
      code: 4,
    },
    {
      when: 'a guard refused, whatever else',
      reports: [aReport('drifted', [APPLIED, FAILED]), anUnknown(), aReport('refused')],
      code: 3,
    },
    {
      when: 'the saved plan went stale',
      reports: [anUnknown('PLAN_STALE'), aReport('in-sync')],
      code: 5,
    },
    {
      when: 'it went stale after a write',
      reports: [anUnknown('PLAN_STALE'), aReport('drifted', [APPLIED])],
      code: 4,
    },
  ])('exitCodeOfApply() is $code when $when', ({ reports, code }) => {
    expect(exitCodeOfApply(reports)).toBe(code);
  });
});
