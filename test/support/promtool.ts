import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { mayInstallPackages } from './debian.ts';
import { isOnPath } from './redis-process.ts';

const UNPACK =
  'dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin/promtool';
const TIMEOUT_MS = 180_000;

/**
 * Puts promtool on the PATH of this run where we may; it is one file of a package whose installation would take twice as long.
 * Tests assert what they can without it. The function it returns removes what was fetched.
 */
export function preparePromtool(): () => void {
  if (isOnPath('promtool') || !mayInstallPackages()) return () => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-promtool-'));
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
    });
  try {
    download(run);
    run('sh', '-c', UNPACK);
    process.env['PATH'] = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
  } catch (error) {
    console.warn(`Tests of alerts go without promtool: ${String(error)}`);
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

function download(run: (command: string, ...args: readonly string[]) => unknown): void {
  try {
    run('apt-get', 'download', 'prometheus');
  } catch {
    // Nothing else was missing, so nobody fetched the lists of packages yet.
    run('apt-get', 'update');
    run('apt-get', 'download', 'prometheus');
  }
}

/** What promtool says; throws it when it finds something wrong. Null: there is no promtool here. */
export function promtool(args: readonly string[], input = ''): string | null {
  if (!isOnPath('promtool')) return null;
  try {
    const options = { encoding: 'utf8', stdio: 'pipe', timeout: 60_000, input } as const;
    return execFileSync('promtool', args, options);
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`promtool ${args.join(' ')}: ${String(error)}\n${said}`);
  }
}

/** A file for promtool that goes with the test: text as it is, anything else as YAML. */
export function fileForPromtool(name: string, content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}
