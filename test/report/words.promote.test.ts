import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import type { Promote } from '../../src/model/plan.ts';
import type { Report } from '../../src/model/report.ts';
import { operationJson, summaryJson } from '../../src/report/json.ts';
import { fromTo } from '../../src/report/markdown-text.ts';
import { renderSummary, summarize } from '../../src/report/summary.ts';
import { renderTestResults, testResultsJson } from '../../src/report/test-results.ts';
import { renderText } from '../../src/report/text.ts';
import { originOf, renderChange, signOf } from '../../src/report/words.ts';
import { aPolicyTest } from '../support/policy-tests.ts';
import { digestOf, REPOSITORY } from '../support/tags.ts';
import { applied } from './reports.ts';

const NEW = digestOf('1.0.0').slice('sha256:'.length).slice(0, 12);
const OLD = digestOf('old').slice('sha256:'.length).slice(0, 12);

const promote: Promote = {
  type: 'promote',
  tag: 'stable',
  source: { account: 'staging', path: 'shop/web' },
  from: '1.0.0',
  value: digestOf('1.0.0'),
  replaces: null,
  referrers: false,
  policy: 'release',
  rule: 'promote[0]',
  mode: 'sync',
  because: 'promoted',
};
const moved: Promote = { ...promote, replaces: digestOf('old'), referrers: true };
const report: Report = {
  ...applied,
  target: REPOSITORY,
  performed: [promote, moved].map((operation) => ({ operation, outcome: null })),
};

test('renderChange() says where promoted content comes from', () => {
  expect(signOf(promote)).toBe('⇒');
  expect(originOf(promote)).toBe('staging/shop/web:1.0.0');
  expect(renderChange(promote)).toBe(`${NEW} from staging/shop/web:1.0.0`);
  expect(renderChange(moved)).toBe(`${OLD} → ${NEW} from staging/shop/web:1.0.0`);
});

test('fromTo() says it in Markdown', () => {
  expect(fromTo(promote)).toBe(`free → \`${NEW}\` of \`staging/shop/web:1.0.0\``);
  expect(fromTo(moved)).toBe(`\`${OLD}\` → \`${NEW}\` of \`staging/shop/web:1.0.0\``);
});

test('operationJson() names the source as a target', () => {
  expect(operationJson(promote)).toEqual({
    type: 'promote',
    tag: 'stable',
    source: 'staging/shop/web',
    from: '1.0.0',
    value: digestOf('1.0.0'),
    replaces: null,
    policy: 'release',
    rule: 'promote[0]',
    because: 'promoted',
  });
  expect(operationJson(moved)).toMatchObject({ referrers: true });
});

test('renderSummary() counts promotions where there are any', () => {
  const summary = summarize([report]);

  expect(renderSummary(summary)).toContain('0 to copy, 2 to promote, 0 to delete');
  expect(renderSummary({ ...summary, promote: 0 })).toContain('0 to copy, 0 to delete');
  expect(summaryJson([report], { refusals: [] })).toMatchObject({ promote: 2 });
});

test('renderText() shows promotions', () => {
  const text = renderText([report], { colors: createColors(false) });

  expect(text).toContain(`  ⇒ stable  ${NEW} from staging/shop/web:1.0.0`);
});

test('renderTestResults() shows a promotion that nobody expected', () => {
  const failed = {
    status: 'failed',
    test: aPolicyTest(),
    policies: ['release'],
    plan: applied.plan,
    differences: [{ type: 'unexpected', planned: promote }],
    explanations: [],
  } as const;

  const text = renderTestResults([failed], { colors: createColors(false) });

  expect(text).toContain('promote stable from staging/shop/web:1.0.0');
  expect(JSON.stringify(testResultsJson([failed], '0.1.0'))).toContain(
    '"source":"staging/shop/web"',
  );
});
