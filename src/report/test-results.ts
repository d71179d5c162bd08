import type { Difference } from '../check/compare.ts';
import type { TestResult } from '../check/run-test.ts';
import type { Operation } from '../model/plan.ts';
import type { ExpectedOperation, PolicyTest } from '../model/policy-test.ts';
import { targetKey } from '../model/target.ts';
import { explanationJson } from './explain.ts';
import { FORMAT_VERSION, type JsonObject } from './json.ts';
import type { Palette } from './text.ts';
import { escapeControls, originOf, shorten, shortValue } from './words.ts';

/** One line a test; of those that failed, what was expected (`-`) and what was planned (`+`). A count at the end. */
export function renderTestResults(
  results: readonly TestResult[],
  { colors }: { readonly colors: Palette },
): string {
  const width = Math.max(0, ...results.map(({ test }) => test.name.length));
  const lines = results.flatMap((result) => renderResult(result, width, colors));
  const failed = results.filter(({ status }) => status !== 'passed').length;
  const last = `${results.length} ${results.length === 1 ? 'test' : 'tests'}: ${results.length - failed} passed, ${failed} failed`;
  return [...lines, colors.bold(failed > 0 ? colors.red(last) : last)]
    .map((line) => `${line}\n`)
    .join('');
}

function renderResult(result: TestResult, width: number, color: Palette): string[] {
  const { test } = result;
  const where = color.dim(placeOf(test));
  const head = `${test.name.padEnd(width)}  ${where}`;
  switch (result.status) {
    case 'passed':
      return [`${color.green('ok')}    ${head}${color.dim(emptyNote(result.policies))}`];
    case 'broken':
      return [`${color.red('FAIL')}  ${head}`, `      ${color.red('!')} ${shorten(result.error)}`];
    case 'failed':
      return [
        `${color.red('FAIL')}  ${head}`,
        `      ${color.dim(sceneOf(result))}`,
        ...result.differences.flatMap((difference) => [
          ...renderDifference(difference, color),
          ...whyNot(difference, result).map((line) => `          ${color.dim(line)}`),
        ]),
        ...findingsOf(result).map((line) => `      ${color.dim(line)}`),
        ...reasonsOf(result).map((reason) => `      ${color.red('! refused')} ${reason}`),
      ];
  }
}

function placeOf({ position }: PolicyTest): string {
  return `${position.file}:${position.line}`;
}

function emptyNote(policies: readonly string[]): string {
  return policies.length === 0 ? '  (no policy selects the target, as expected)' : '';
}

type Compared = Exclude<TestResult, { status: 'broken' }>;

function sceneOf({ test, policies }: Compared): string {
  const by = policies.length === 0 ? 'no policy selects it' : `by ${policies.join(', ')}`;
  return `${escapeControls(targetKey(test.target))} at ${test.now.toISOString()}, ${by}`;
}

const TOLD_BY_FINDINGS: ReadonlySet<Difference['type']> = new Set(['status', 'finding']);

/** What was reported, when the status or a finding is not as expected: it is the reason. */
function findingsOf({ plan, differences }: Compared): readonly string[] {
  if (!differences.some(({ type }) => TOLD_BY_FINDINGS.has(type))) return [];
  if (plan.findings.length === 0) return ['no finding is reported'];
  const lines = plan.findings.map(({ severity, policy, rule, message }) => {
    const place = [policy, rule].flatMap((part) => part ?? []).join(' ');
    return `  ${severity}: ${escapeControls(place)}: ${shorten(message)}`;
  });
  return ['findings reported:', ...lines];
}

function reasonsOf({ plan }: Compared): readonly string[] {
  return plan.verdict.safe ? [] : plan.verdict.reasons.map(escapeControls);
}

function renderDifference(difference: Difference, color: Palette): string[] {
  const expected = (text: string): string => `      ${color.red(`- ${text}`)}`;
  const planned = (text: string): string => `      ${color.green(`+ ${text}`)}`;
  switch (difference.type) {
    case 'missing':
      return expectedLines(difference.expected).map(expected);
    case 'unexpected':
      return [
        planned(plannedLine(difference.planned)),
        `          ${color.dim(reasonOf(difference.planned))}`,
      ];
    case 'changed':
      return [
        `        ${nameOf(difference.planned)}`,
        ...difference.fields.flatMap(({ field, expected: wanted, planned: found }) => [
          expected(`  ${field}: ${field === 'because' ? 'has ' : ''}${shorten(wanted)}`),
          planned(`  ${field}: ${shorten(found ?? 'none')}`),
        ]),
      ];
    case 'status':
      return [expected(`status: ${difference.expected}`), planned(`status: ${difference.planned}`)];
    case 'selection':
      return difference.expected === 'some'
        ? [planned('no policy selects the target; where that is meant, write policies: []')]
        : [expected('policies: none may select the target')];
    case 'finding': {
      const { severity, message } = difference.expected;
      return [expected(`finding: ${severity ?? 'any'}: ${escapeControls(message)}`)];
    }
  }
}

/** What decided about the name of a missing operation instead, and on which evidence. */
function whyNot(difference: Difference, { explanations }: Compared): string[] {
  if (difference.type !== 'missing') return [];
  return explanations
    .filter(({ tag }) => tag === difference.expected.tag)
    .flatMap(({ decision, lost, evidence }) => [
      decision === null ? 'no rule decided about it' : `decided by ${reasonOf(decision)}`,
      ...lost.map(({ policy, rule, why }) => `lost: ${reasonOf({ policy, rule, because: why })}`),
      ...evidence.map(shorten),
    ]);
}

function nameOf({ type, tag }: Operation | ExpectedOperation): string {
  return `${type} ${escapeControls(tag)}`;
}

const STATED = ['from', 'source', 'value', 'policy', 'rule', 'because'] as const;

function expectedLines(wanted: ExpectedOperation): string[] {
  const stated = STATED.flatMap((field) => {
    const text = wanted[field];
    return text === null ? [] : [`  ${field}: ${shorten(text)}`];
  });
  return [nameOf(wanted), ...stated];
}

function plannedLine(operation: Operation): string {
  switch (operation.type) {
    case 'add':
      return `${nameOf(operation)} = ${shortValue(operation.value)}`;
    case 'copy':
    case 'promote':
      return `${nameOf(operation)} from ${escapeControls(originOf(operation))}`;
    case 'delete':
      return nameOf(operation);
  }
}

type Reason = Pick<Operation, 'policy' | 'rule' | 'because'>;

function reasonOf({ policy, rule, because }: Reason): string {
  return `${policy} ${escapeControls(rule)}: ${shorten(because)}`;
}

/** The same as one object. */
export function testResultsJson(results: readonly TestResult[], toolVersion: string): JsonObject {
  const failed = results.filter(({ status }) => status !== 'passed').length;
  return {
    format_version: FORMAT_VERSION,
    tool_version: toolVersion,
    tests: results.map(resultJson),
    summary: { tests: results.length, passed: results.length - failed, failed },
  };
}

function resultJson(result: TestResult): JsonObject {
  const { test } = result;
  const { file, line } = test.position;
  const head = { name: test.name, target: targetKey(test.target), file, line };
  if (result.status === 'broken') return { ...head, status: result.status, error: result.error };
  const { status, policies, plan, differences, explanations } = result;
  return {
    ...head,
    status,
    policies: [...policies],
    differences: differences.map(differenceJson),
    findings: plan.findings.map((finding) => ({ ...finding })),
    explanations: explanations.map(explanationJson),
  };
}

function differenceJson(difference: Difference): JsonObject {
  const { type } = difference;
  switch (difference.type) {
    case 'missing':
    case 'finding':
      return { type, expected: { ...difference.expected } };
    case 'unexpected':
      return { type, planned: plannedJson(difference.planned) };
    case 'changed': {
      const fields = difference.fields.map((field) => ({ ...field }));
      return { type, planned: plannedJson(difference.planned), fields };
    }
    case 'selection':
      return { type, expected: difference.expected };
    case 'status':
      return { type, expected: difference.expected, planned: difference.planned };
  }
}

function plannedJson(operation: Operation): JsonObject {
  return operation.type === 'promote'
    ? { ...operation, source: targetKey(operation.source) }
    : { ...operation };
}
