import { describe, expect, test } from 'vitest';
import type { Mode } from '../../src/model/mode.ts';
import { isLeftOut } from '../../src/plan/mode.ts';
import { aResourcePolicy, planImage } from '../support/policies.ts';
import { labels } from '../support/tags.ts';

describe('allows()', () => {
  test.each<[Mode, string[]]>([
    ['observe', []],
    ['create-only', ['new']],
    ['upsert-only', ['changed', 'new']],
    ['sync', ['changed', 'new', 'gone']],
  ])('lets through under %s: %j', (mode, expected) => {
    const policy = aResourcePolicy(
      { ensure: { new: '1', changed: '1' }, remove: [{ by: 'glob', glob: 'gone' }] },
      { mode },
    );

    const plan = planImage(labels({ changed: '0', gone: '0', other: '0' }), [policy]);

    expect(plan.operations.map(({ tag }) => tag)).toEqual(expected);
    expect(plan.findings.filter(isLeftOut)).toHaveLength(3 - expected.length);
  });

  test('says what was left out', () => {
    const policy = aResourcePolicy({ ensure: { a: '1' } }, { mode: 'observe' });

    expect(planImage([], [policy]).findings).toEqual([
      {
        severity: 'info',
        policy: 'policy-a',
        rule: 'tags.ensure.a',
        message: 'Left out by mode "observe": add "a" (ensure wants "1")',
      },
    ]);
  });

  test('keeps the old key when another policy of lower mode was to write the new one', () => {
    const policies = [
      aResourcePolicy({ ensure: { b: '1' } }, { mode: 'observe' }),
      aResourcePolicy({ rename: [{ from: 'a', to: 'b' }] }, { name: 'policy-b' }),
    ];

    const plan = planImage(labels({ a: '1' }), policies);

    expect(plan.operations).toEqual([]);
    expect(plan.findings.map(({ policy, severity }) => [policy, severity])).toEqual([
      ['policy-a', 'info'],
      ['policy-b', 'warning'],
    ]);
  });
});
