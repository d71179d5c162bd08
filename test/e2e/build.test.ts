import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm run build` makes and the image runs, in a folder of its own. */
describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-bundle-'));
  const tagwarden = async (...args: readonly string[]) =>
    await run(process.execPath, [join(folder, 'dist/bundle/main.js'), ...args], { cwd: folder });

  beforeAll(async () => {
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    cpSync(join(ROOT, 'policies'), join(folder, 'policies'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const args = ['--config', 'rolldown.config.ts', '--dir', join(folder, 'dist/bundle')];
    await run(process.execPath, ['node_modules/rolldown/bin/cli.mjs', ...args], { cwd: ROOT });
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('finds its version and the policies beside it', async () => {
    const { stdout: version } = await tagwarden('version');
    const { stdout: checked } = await tagwarden('validate', 'policies');

    expect(version).toMatch(/\d+\.\d+\.\d+/);
    expect(checked).toContain('valid');
  });

  test('heals the simulated clouds on the embedded queue', async () => {
    const { stdout } = await tagwarden('demo', '--once', '--timeout', '50');

    expect(stdout).toContain('in sync');
  }, 60_000);
});
