import type { GitLocation } from '../model/git-location.ts';
import type { PolicyOrigin } from './origin.ts';
import { createDirectoryOrigin } from './watched-directory.ts';

/** Where policies are to be read. */
export interface OriginOptions {
  /** Used when there is no repository. */
  readonly folder: string;
  readonly git: GitLocation | null;
  /** A variable of the environment. */
  readonly variable: (name: string) => string | null;
  /** 0–1, for jitter. */
  readonly random: () => number;
  readonly now: () => Date;
}

/** How often a folder is read again although the system told of no change. */
const POLL_MS = 10_000;

/** Opens the place policies come from; contacts nothing yet. */
export async function openOrigin({ folder, git, ...rest }: OriginOptions): Promise<PolicyOrigin> {
  if (git === null) return createDirectoryOrigin({ folder, pollMs: POLL_MS });
  // Loaded here: who reads a folder needs no git.
  const { createGitOrigin } = await import('./git.ts');
  return createGitOrigin({ location: git, ...rest });
}
