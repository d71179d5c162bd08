import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Prints `N passed, N failed, N skipped` as the last line of a run: CI reads the count from it. */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) {
        const { state } = test.result();
        // A test that never reached a result was cut off; it must not read as a pass.
        count[state === 'pending' ? 'failed' : state] += 1;
      }
      // A file that cannot be loaded has errors and no tests.
      if (tests.length === 0 && module.state() === 'failed') count.failed += 1;
    }
    count.failed += unhandledErrors.length;
    // A run that broke before its tests, as a global setup does, must not read as clean.
    if (reason !== 'passed' && count.failed === 0) count.failed = 1;
    process.on('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
  }
}
