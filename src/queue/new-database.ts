import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BackendOptions } from './port.ts';

const run = promisify(execFile);
const UNFINISHED = 'pg.unfinished-';
/** The same file as source and as built. */
const SCRIPT = join(import.meta.dirname, `initdb${extname(import.meta.filename)}`);

/**
 * Makes the database of a folder that has none yet; only a finished one gets its name. In a process of its own, because
 * PGlite leaves hundreds of megabytes behind in the one it was made in.
 */
export async function ensureDatabase(
  folder: string,
  { signal, log }: Pick<BackendOptions, 'signal' | 'log'>,
): Promise<string> {
  const database = join(folder, 'pg');
  removeUnfinished(folder);
  if (existsSync(database)) return database;
  const unfinished = mkdtempSync(join(folder, UNFINISHED));
  try {
    // Without our environment: it may hold secrets.
    const options = { env: {}, killSignal: 'SIGKILL', ...(signal ? { signal } : {}) } as const;
    await run(process.execPath, [SCRIPT, unfinished], options);
    renameSync(unfinished, database);
  } catch (error) {
    signal?.throwIfAborted();
    // Such as where no process may be started: PGlite then makes it here, when it opens it.
    const message = error instanceof Error ? error.message.slice(0, 500) : String(error);
    log.warn({ folder, error: message }, 'no process made the database; this one does');
  }
  removeUnfinished(folder);
  return database;
}

/** What a process left that was killed meanwhile. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
