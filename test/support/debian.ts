import { execFileSync } from 'node:child_process';
import { isOnPath } from './redis-process.ts';

/** Whether this process may install packages of Debian or Ubuntu. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && isOnPath('apt-get');
}

/** Commands that some tests run, each named as Debian's package of it. */
const TOOLS = ['docker-registry', 'skopeo', 'zsh', 'fish'];

/**
 * Installs what is missing of them where we may; the tests of one that is not there are skipped. Once for all files:
 * two installations at a time fail.
 */
export function prepareTools(): void {
  const missing = TOOLS.filter((name) => !isOnPath(name));
  if (missing.length === 0 || !mayInstallPackages()) return;
  try {
    installDebianPackages(...missing);
  } catch (error) {
    console.warn(`The tests of ${missing.join(', ')} are skipped: ${String(error)}`);
  }
}

/** Installs packages for the tests; no service is started. Throws what apt-get says. */
export function installDebianPackages(...names: readonly string[]): void {
  // RUNLEVEL=1: packages start no service of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  // What apt-get says on stderr is in the error when it fails, and noise when it does not.
  const run = (...args: string[]) =>
    execFileSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });
  console.warn(`Not found on this machine; installing Debian's ${names.join(', ')}`);
  run('update');
  run('install', '-y', '--no-install-recommends', ...names);
}
