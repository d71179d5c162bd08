import { describe, expect, test } from 'vitest';
import { diff, wantsProtected, withoutProtected } from '../../src/plan/diff.ts';

const ORIGIN = { policy: 'shop', rule: 'channels[0]', mode: 'sync', because: 'newest' } as const;

describe('wantsProtected()', () => {
  test('wantsProtected() knows the finding of a protected name, and no other', () => {
    const drafts = [
      {
        needs: [],
        operation: { ...ORIGIN, type: 'add', tag: 'v1', value: 'x', replaces: null },
      },
    ] as const;

    const { findings } = withoutProtected(drafts, () => true);

    expect(findings.map(wantsProtected)).toEqual([true]);
    for (const finding of findings) {
      expect(wantsProtected({ ...finding, severity: 'error' })).toBe(false);
      expect(wantsProtected({ ...finding, message: 'required key "owner" is missing' })).toBe(
        false,
      );
    }
  });

  test('diff() of no decisions is nothing to do', () => {
    expect(diff([])).toEqual([]);
  });
});
