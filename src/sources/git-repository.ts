import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitLocation } from '../model/git-location.ts';
import { createGitCommand, type GitCommand } from './git-command.ts';
import { SourceError } from './origin.ts';

/** Folders of processes that ended without cleaning up are removed after this. */
const ABANDONED_MS = 2 * 24 * 3_600_000;
const FOLDER = 'tagwarden-git-';

/** A bare repository of this process alone. */
export interface Repository {
  readonly folder: string;
  readonly git: GitCommand;
  fetches: number;
}

export interface RepositoryOptions {
  readonly location: GitLocation;
  readonly variable: (name: string) => string | null;
  readonly now: () => Date;
}

/** Makes an empty one in the cache folder. Throws SourceError `fetch_error`. */
export async function createRepository(
  { location, variable, now }: RepositoryOptions,
  signal: AbortSignal,
): Promise<Repository> {
  const cache = location.cacheFolder ?? tmpdir();
  const folder = await makeFolder(cache, now());
  const git = createGitCommand({ location, folder, variable });
  try {
    await git.text(['init', '--bare', '--quiet'], signal);
  } catch (error) {
    // Nobody else would: it is asked for again soon, and each time another is made.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  return { folder, git, fetches: 0 };
}

/**
 * Tells the others who share the cache that the repository is in use, though nothing may be written for days. False:
 * it is gone.
 */
export async function claimRepository({ folder }: Repository, now: Date): Promise<boolean> {
  return await utimes(folder, now, now).then(
    () => true,
    () => false,
  );
}

async function makeFolder(cache: string, now: Date): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    await removeAbandoned(cache, now);
    return await mkdtemp(join(cache, FOLDER));
  } catch (cause) {
    throw new SourceError(
      'fetch_error',
      `Cannot keep policies in "${cache}": the folder cannot be written, wanted one that can (policies.git.cache)`,
      { cause },
    );
  }
}

async function removeAbandoned(cache: string, now: Date): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.startsWith(FOLDER));
  for (const name of names) {
    const folder = join(cache, name);
    const touchedMs = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (touchedMs > now.getTime() - ABANDONED_MS) continue;
    // Another user's in a shared folder stays where it is.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
