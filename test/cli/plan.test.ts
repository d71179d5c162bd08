import { describe, expect, test } from 'vitest';
import { exitCodeOfPlan } from '../../src/cli/plan.ts';
import { anUnknown, aReport } from './reports.ts';

const all = [aReport('in-sync'), aReport('drifted', [null]), anUnknown(), aReport('refused')];

describe('exitCodeOfPlan()', () => {
  test.each([
    { upTo: 0, plain: 0, detailed: 0 },
    { upTo: 1, plain: 0, detailed: 0 },
    { upTo: 2, plain: 0, detailed: 2 },
    { upTo: 3, plain: 1, detailed: 1 },
    { upTo: 4, plain: 3, detailed: 3 },
  ])(
    'exitCodeOfPlan() tells the worst of the first $upTo of in-sync, drifted, unknown, refused',
    (row) => {
      const reports = all.slice(0, row.upTo);

      expect(exitCodeOfPlan(reports, false)).toBe(row.plain);
      expect(exitCodeOfPlan(reports.toReversed(), true)).toBe(row.detailed);
    },
  );
});
