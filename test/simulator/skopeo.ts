import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isOnPath } from '../support/redis-process.ts';

const run = promisify(execFile);

/** True: there is a skopeo, installed as Debian's package where we may. */
export function hasSkopeo(): boolean {
  return isOnPath('skopeo');
}

/** Runs skopeo; resolves to what it prints, rejects with what it complains. */
export async function skopeo(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('skopeo', ['--insecure-policy', ...args], { timeout: 60_000 });
  return stdout;
}
