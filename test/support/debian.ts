import { execFileSync } from 'node:child_process';
import { isOnPath } from './redis-process.ts';

/** Whether this process may install packages of Debian or Ubuntu. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && isOnPath('apt-get');
}

/** Installs a server for the tests; its service is not started. Throws what apt-get says. */
export function installDebianPackage(name: string): void {
  // RUNLEVEL=1: packages start no service of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  // What apt-get says on stderr is in the error when it fails, and noise when it does not.
  const run = (...args: string[]) =>
    execFileSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });
  console.warn(`Not found on this machine; installing Debian's ${name}`);
  run('update');
  run('install', '-y', '--no-install-recommends', name);
}
