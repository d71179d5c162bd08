import { createColors } from 'picocolors';
import { runPolicyTest, type TestResult } from '../check/run-test.ts';
import { readVersion } from '../config/version.ts';
import { PolicyErrors, renderIssue } from '../policy/issue.ts';
import { renderTestResults, testResultsJson } from '../report/test-results.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { TestFlags } from './flags.ts';
import { loadTests } from './policy-tests.ts';

/** `test [PATH]`: runs PolicyTest documents; exit 1 when one fails, none is there, or the set is wrong. Contacts nothing. */
export async function test(
  options: TestFlags & { readonly path: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const { config, policies, output } = options;
  const place = { path: options.path, policies: policies ?? null, configFile: config ?? null };
  const { set, tests, path, files } = await loadTests(place, context);
  const issues = await context.checkSet(set, files);
  const errors = issues.filter(({ severity }) => severity === 'error');
  for (const issue of issues) {
    if (issue.severity === 'warning') context.stderr.write(`${renderIssue(issue)}\n\n`);
  }
  if (errors.length > 0) throw new PolicyErrors(errors);
  const capabilitiesOf = await context.loadCapabilities();
  const results = tests.map((one) => runPolicyTest(one, { set, capabilitiesOf }));
  const colors = createColors(wantsColor(context, context.stdout));
  context.stdout.write(
    output === 'json'
      ? `${JSON.stringify(testResultsJson(results, readVersion()), null, 2)}\n`
      : renderTestResults(results, { colors }),
  );
  if (results.length === 0) {
    context.stderr.write(`error: "${path}" holds no document of kind PolicyTest\n`);
  }
  return exitCodeOfTests(results);
}

/** A run without a test proves nothing, so it fails. */
export function exitCodeOfTests(results: readonly Pick<TestResult, 'status'>[]): ExitCode {
  const passed = results.length > 0 && results.every(({ status }) => status === 'passed');
  return passed ? EXIT.ok : EXIT.error;
}
