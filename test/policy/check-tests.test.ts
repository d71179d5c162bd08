import { describe, expect, test } from 'vitest';
import { checkTests } from '../../src/policy/check-tests.ts';
import { imageYaml, setOf } from './policies.ts';

function problemsOf(spec: string, ...accounts: readonly string[]) {
  const policies = accounts.map((account) =>
    imageYaml(
      `targets: [{ account: ${account}, repositories: ["**"] }]\n  copies: [{ from: a, to: b }]`,
      `for-${account}`,
    ),
  );
  const set = setOf(
    ...policies,
    `apiVersion: tagwarden/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  now: 2026-06-01\n  provider: huawei-swr\n  expect: { operations: [] }\n  ${spec}\n`,
  );
  return checkTests(set.tests, set.policies).map(({ complaint: { rule, problem } }) => [
    rule,
    problem.code,
    problem.suggestion,
  ]);
}

describe('checkTests()', () => {
  test('checkTests() finds nothing in a test of an account that a policy names', () => {
    expect(
      problemsOf(
        'target: swr-north/x\n  listing: [{ name: a }]\n  attributes: { id: x }',
        'swr-north',
      ),
    ).toEqual([]);
  });

  test.each([
    ['shop/web', ['hub'], 'hub/shop/web'],
    ['swr-nort/web', ['hub', 'swr-north'], 'swr-north/web'],
    ['elsewhere/web', ['hub', 'swr-north'], null],
  ])('checkTests() of target %s among %j suggests %s', (target, accounts, suggestion) => {
    expect(problemsOf(`target: ${target}\n  listing: []`, ...accounts)).toEqual([
      ['target', 'unknown-account', suggestion],
    ]);
  });

  test('checkTests() lets a test of no policy name any account', () => {
    expect(problemsOf('target: a/b\n  policies: []\n  listing: []', 'hub')).toEqual([]);
  });
});
