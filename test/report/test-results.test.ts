import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { Difference } from '../../src/check/compare.ts';
import type { TestResult } from '../../src/check/run-test.ts';
import { renderTestResults, testResultsJson } from '../../src/report/test-results.ts';
import { anExpectation, aPolicyTest } from '../support/policy-tests.ts';
import { digestOf } from '../support/tags.ts';
import { applied, guarded, planned } from './reports.ts';

const colors = createColors(false);

const [copy, , drop] = applied.plan.operations;
const [, add] = planned.plan.operations;
if (copy === undefined || drop === undefined || add === undefined) throw new Error('wrong fixture');

const differences: readonly Difference[] = [
  { type: 'status', expected: 'in-sync', planned: 'drifted' },
  {
    type: 'missing',
    expected: anExpectation({ type: 'add', tag: 'owner', value: 'shop', because: 'ensure' }),
  },
  { type: 'unexpected', planned: drop },
  { type: 'unexpected', planned: add },
  { type: 'unexpected', planned: copy },
  {
    type: 'changed',
    planned: copy,
    fields: [
      { field: 'from', expected: '1.4.1', planned: '1.4.2' },
      { field: 'because', expected: 'oldest', planned: copy.because },
      { field: 'value', expected: digestOf('a'), planned: null },
    ],
  },
  { type: 'finding', expected: { severity: 'warning', message: 'required' } },
  { type: 'finding', expected: { severity: null, message: 'anything' } },
];

type Compared = Exclude<TestResult, { readonly status: 'broken' }>;

const passed: Compared = {
  status: 'passed',
  test: aPolicyTest({ name: 'passes' }),
  policies: ['shop'],
  plan: applied.plan,
  differences: [],
  explanations: [],
};
const failed: Compared = {
  ...passed,
  status: 'failed',
  test: aPolicyTest({ name: 'stable-moves' }),
  differences,
  explanations: [
    {
      tag: 'owner',
      current: null,
      planned: null,
      decision: { policy: 'shop', rule: 'tags.ensure.owner', because: 'ensure', position: 'a:1' },
      lost: [{ policy: 'ci', rule: 'tags.default.owner', why: 'ensure beats default' }],
      evidence: ['"owner" is not listed'],
    },
  ],
};
const broken: TestResult = { status: 'broken', test: aPolicyTest(), error: 'Cannot run it' };

describe('renderTestResults()', () => {
  test('shows a line for each test, and what differs for those that failed', () => {
    expect(renderTestResults([passed, failed, broken], { colors })).toMatchInlineSnapshot(`
      "ok    passes        policies/tests/a.yaml:3
      FAIL  stable-moves  policies/tests/a.yaml:3
            swr-north/shop/web at 2026-06-01T00:00:00.000Z, by shop
            - status: in-sync
            + status: drifted
            - add owner
            -   value: shop
            -   because: ensure
                decided by shop tags.ensure.owner: ensure
                lost: ci tags.default.owner: ensure beats default
                "owner" is not listed
            + delete ci-1
                shop retain[0]: rule "old-ci": matches ci-.*
            + add owner = platform
                shop tags.ensure.owner: ensure wants "platform"
            + copy stable from 1.4.2
                shop channels[0]: newest version matching >=1.0.0
              copy stable
            -   from: 1.4.1
            +   from: 1.4.2
            -   because: has oldest
            +   because: newest version matching >=1.0.0
            -   value: sha256:ca978112ca1b
            +   value: none
            - finding: warning: required
            - finding: any: anything
            findings reported:
              info: shop channels[1]: Channel "latest" has no candidate
              warning: shop: left: sha256:360f84035942
              error: shop copies[1]: Cannot settle "x"
      FAIL  a-test        policies/tests/a.yaml:3
            ! Cannot run it
      3 tests: 1 passed, 2 failed
      "
    `);
  });

  test.each([
    ['some', '      + no policy selects the target; where that is meant, write policies: []\n'],
    ['none', '      - policies: none may select the target\n'],
  ] as const)('says which policies should select the target: %s', (expected, line) => {
    const one = { ...failed, differences: [{ type: 'selection', expected } as const] };

    expect(renderTestResults([one], { colors })).toContain(line);
    expect(testResultsJson([one], '1')).toMatchObject({
      tests: [{ differences: [{ type: 'selection', expected }] }],
    });
  });

  test('says so when nothing was reported that could be the reason of a status', () => {
    const plan = { ...failed.plan, findings: [] };
    const status = differences.slice(0, 1);

    const text = renderTestResults([{ ...failed, plan, differences: status }], { colors });

    expect(text).toContain('      + status: drifted\n      no finding is reported\n');
  });

  test('leaves findings out when operations alone differ', () => {
    const one = { ...failed, differences: differences.slice(1, 3) };

    expect(renderTestResults([one], { colors })).not.toContain('findings reported');
  });

  test('says that no rule decided about a missing operation', () => {
    const explanations = failed.explanations.map((one) => ({ ...one, decision: null, lost: [] }));

    const text = renderTestResults([{ ...failed, explanations }], { colors });

    expect(text).toContain(
      '\n          no rule decided about it\n          "owner" is not listed\n',
    );
  });

  test('says that no policy selects the target, where that was meant', () => {
    const text = renderTestResults([{ ...passed, policies: [] }], { colors });

    expect(text).toContain(
      '(no policy selects the target, as expected)\n1 test: 1 passed, 0 failed\n',
    );
    expect(renderTestResults([{ ...failed, policies: [] }], { colors })).toContain(
      ', no policy selects it\n',
    );
  });

  test('says why the plan was refused', () => {
    const text = renderTestResults([{ ...failed, plan: guarded.plan }], { colors });

    expect(text).toContain('      ! refused guard allTags: 4 of 4 tags go;');
  });

  test('uses the colors it is given', () => {
    const text = renderTestResults([failed], { colors: createColors(true) });

    expect(text).toContain('\u001b[31m- status: in-sync\u001b[39m');
    expect(text).toContain('\u001b[32m+ status: drifted\u001b[39m');
  });
});

describe('testResultsJson()', () => {
  test('holds the same as one object', () => {
    const document = testResultsJson([passed, failed, broken], '0.1.0');

    expect(document).toMatchObject({
      format_version: '1.0',
      tool_version: '0.1.0',
      tests: [
        { name: 'passes', status: 'passed', target: 'swr-north/shop/web', differences: [] },
        { name: 'stable-moves', status: 'failed', file: 'policies/tests/a.yaml', line: 3 },
        { status: 'broken', error: 'Cannot run it' },
      ],
      summary: { tests: 3, passed: 1, failed: 2 },
    });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document).toHaveProperty(
      'tests[1].differences',
      differences.map((difference) => expect.objectContaining({ type: difference.type })),
    );
  });
});
