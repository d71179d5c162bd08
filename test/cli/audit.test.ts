import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runHere } from './run-here.ts';

test('audit verify refuses a folder without an audit file: it would say that nothing is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  onTestFinished(async () => await rm(folder, { recursive: true }));

  const verified = await runHere(['audit', 'verify', folder]);

  expect(verified.code).toBe(1);
  expect(verified.stderr).toContain('it holds no audit file');
});
