import type { ExpectedOperation, PolicyTest } from '../../src/model/policy-test.ts';
import { anImageTag, NOW, REPOSITORY } from './tags.ts';

/** An expectation that says nothing but what is given; the delete of `ci-1` unless told. */
export function anExpectation(stated: Partial<ExpectedOperation> = {}): ExpectedOperation {
  const silent = { from: null, source: null, value: null, policy: null, rule: null, because: null };
  return { type: 'delete', tag: 'ci-1', ...silent, ...stated };
}

/** A test of a repository with one release, which expects nothing to be planned. */
export function aPolicyTest(overrides: Partial<PolicyTest> = {}): PolicyTest {
  return {
    name: 'a-test',
    position: { file: 'policies/tests/a.yaml', line: 3, column: 1 },
    positions: {},
    target: REPOSITORY,
    provider: 'huawei-swr',
    now: NOW,
    attributes: {},
    policies: null,
    listing: [anImageTag('1.0.0')],
    images: {},
    sources: {},
    expect: { status: null, operations: [], findings: null },
    ...overrides,
  };
}
