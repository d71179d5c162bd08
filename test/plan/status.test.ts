import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { statusOf } from '../../src/plan/status.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { labels } from '../support/tags.ts';

const wanting = (mode: 'sync' | 'observe'): Plan =>
  planImage([], [aResourcePolicy({ ensure: { owner: 'shop' } }, { mode })]);

describe('statusOf()', () => {
  test('is in-sync when nothing is to be changed', () => {
    expect(statusOf(planImage(labels({ a: '1' }), []))).toBe('in-sync');
  });

  test('is drifted by a change, until none is left', () => {
    expect(statusOf(wanting('sync'))).toBe('drifted');
    expect(statusOf(wanting('sync'), 0)).toBe('in-sync');
  });

  test('is drifted by what a mode leaves out', () => {
    expect(wanting('observe').operations).toEqual([]);
    expect(statusOf(wanting('observe'))).toBe('drifted');
  });

  test('is refused whatever else', () => {
    const plan: Plan = { ...wanting('sync'), verdict: { safe: false, reasons: ['no'] } };

    expect(statusOf(plan)).toBe('refused');
    expect(statusOf(plan, 0)).toBe('refused');
  });
});
