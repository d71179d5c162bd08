import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE_VARIABLE } from '../support/compile-cache.ts';

/**
 * Everything this process puts into the folder for temporary files goes into one of its own, which is gone when it
 * ends, also by a signal. Child processes end with it by their own exit hooks.
 */
export function useScratchFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tagwarden-chaos-'));
  process.env['TMPDIR'] = folder;
  // As docs/operating.md advises where processes start often.
  process.env[CACHE_VARIABLE] = join(folder, 'cache');
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      process.exitCode = 130;
      process.exit();
    });
  }
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}
