import { describe, expect, test } from 'vitest';
import { checkRetain } from '../../src/policy/check-retain.ts';
import { imageYaml, policyOf } from './policies.ts';

function codesOf(...rules: readonly string[]): readonly string[] {
  const retain = rules.map((rule, index) => `{ name: r${index}, ${rule} }`);
  const policy = policyOf(imageYaml(`retain: [${retain.join(', ')}]`));
  if (policy.kind !== 'ImageTagPolicy') throw new Error('another kind');
  return checkRetain(policy).map(({ rule, problem }) => `${rule} ${problem.code}`);
}

describe('checkRetain()', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'design',
      [
        'action: keep, semver: "*"',
        'action: keep, pattern: "ci-.*", newest: 10',
        'action: delete, pattern: "ci-.*", olderThan: 30d',
      ],
      [],
    ],
    [
      'equal keep',
      ['action: keep, pattern: "ci-.*"', 'action: delete, pattern: "ci-.*"'],
      ['retain[1] dead-rule'],
    ],
    [
      'keep after delete',
      ['action: delete, pattern: a', 'action: keep, pattern: ".*"'],
      ['retain[0] dead-rule'],
    ],
    [
      'narrower keep',
      ['action: keep, pattern: "ci-main-.*"', 'action: delete, pattern: "ci-.*"'],
      [],
    ],
    ['keep of versions', ['action: keep, semver: "*"', 'action: delete, pattern: ".*"'], []],
    [
      'keep of more versions',
      ['action: keep, semver: ">=1"', 'action: delete, semver: "^2"'],
      ['retain[1] dead-rule'],
    ],
    ['keep of fewer versions', ['action: keep, semver: "^2"', 'action: delete, semver: ">=1"'], []],
    [
      'older keep',
      ['action: keep, pattern: a, olderThan: 10d', 'action: delete, pattern: a, olderThan: 30d'],
      ['retain[1] dead-rule'],
    ],
    [
      'keep of older ones only',
      ['action: keep, pattern: a, olderThan: 30d', 'action: delete, pattern: a'],
      [],
    ],
    [
      'equal rules',
      ['action: delete, pattern: a', 'action: delete, pattern: a'],
      ['retain[1] duplicate-rule'],
    ],
    [
      'narrower first',
      ['action: delete, pattern: a, olderThan: 2d', 'action: delete, pattern: a, olderThan: 1d'],
      ['retain[0] duplicate-rule'],
    ],
    [
      'fewer newest',
      ['action: keep, pattern: a, newest: 5', 'action: keep, pattern: a, newest: 3'],
      ['retain[1] duplicate-rule'],
    ],
    [
      'more newest',
      ['action: keep, pattern: a, newest: 3', 'action: keep, pattern: a, newest: 5'],
      ['retain[0] duplicate-rule'],
    ],
    [
      'newest beside all',
      ['action: keep, pattern: a, newest: 3', 'action: keep, pattern: a'],
      ['retain[0] duplicate-rule'],
    ],
    [
      'newest of other tags',
      ['action: keep, pattern: "a.*", newest: 5', 'action: keep, pattern: "ab.*", newest: 3'],
      [],
    ],
    [
      'newest of other digests',
      [
        'action: keep, pattern: a, newest: 5',
        'action: keep, pattern: a, newest: 3, countBy: digest',
      ],
      [],
    ],
    ['empty range', ['action: keep, semver: ">2 <1"'], ['retain[0] never-matches']],
  ])('checkRetain() judges %s', (_what, rules, complaints) => {
    expect(codesOf(...rules)).toEqual(complaints);
  });
});
