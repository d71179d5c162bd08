import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const VITEST = resolve('node_modules/vitest/vitest.mjs');
const REPORTER = resolve('tools/count-reporter.ts');

function lastLineOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tagwarden-count-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const args = [VITEST, 'run', '--root', root, '--globals', '--reporter', REPORTER];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('CountReporter', () => {
  test('counts tests that passed, failed and were skipped', () => {
    const text = `
      test('a', () => {}); test('b', () => {});
      test('c', () => { throw new Error('no'); });
      test.skip('d', () => {}); test.todo('e');`;

    expect(lastLineOf({ 'a.test.js': text })).toBe('2 passed, 1 failed, 2 skipped');
  });

  test('counts a file that does not load as failed', () => {
    const files = { 'a.test.js': "test('a', () => {});", 'b.test.js': "throw new Error('no');" };

    expect(lastLineOf(files)).toBe('1 passed, 1 failed, 0 skipped');
  });

  test('counts a global setup that fails as failed', () => {
    const files = {
      'a.test.js': "test('a', () => {});",
      'vitest.config.js': "export default { test: { globalSetup: 'setup.js' } };",
      'setup.js': "export default () => { throw new Error('no'); };",
    };

    expect(lastLineOf(files)).toBe('0 passed, 1 failed, 0 skipped');
  });

  test('counts an unhandled rejection as failed', () => {
    const text = "test('a', () => { void Promise.reject(new Error('no')); });";

    expect(lastLineOf({ 'a.test.js': text })).toBe('1 passed, 1 failed, 0 skipped');
  });
});
