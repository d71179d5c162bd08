import { rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GitLocation } from '../model/git-location.ts';
import { readPolicyTree } from './git-read.ts';
import { findHead } from './git-remote.ts';
import { claimRepository, createRepository, type Repository } from './git-repository.ts';
import { withinSize } from './git-size.ts';
import { type PolicyOrigin, type Snapshot, SourceError, type SourceFile } from './origin.ts';

export interface GitOriginOptions {
  readonly location: GitLocation;
  /** A variable of the environment; only PATH and proxies are asked for. */
  readonly variable: (name: string) => string | null;
  /** 0–1, for jitter. */
  readonly random: () => number;
  readonly now: () => Date;
  /** Default 1 GiB: what one fetch may bring. */
  readonly maxFetchBytes?: number;
}

/** Each fetch leaves a little behind; after so many the repository is made anew. */
const FETCHES = 200;
const MAX_FETCH_BYTES = 1024 ** 3;
const JITTER = 0.1;
/** After a failure the remote is asked again sooner, at first. */
const RETRY_MS = 2_000;
const MAX_DOUBLINGS = 16;

/**
 * Policies of the newest commit of one ref. Files are read from the commit's objects: nothing is ever checked out, so
 * that there are no hooks, no filters, no submodules and no half-made work tree.
 */
export function createGitOrigin(options: GitOriginOptions): PolicyOrigin {
  const { location, random, now, maxFetchBytes = MAX_FETCH_BYTES } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const shownAs = shownAsOf(location);
  let repository: Repository | null = null;
  let last: { readonly commit: string; readonly snapshot: Snapshot } | null = null;
  let failures = 0;
  const discard = async (): Promise<void> => {
    const folder = repository?.folder ?? null;
    repository = null;
    if (folder !== null) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  const open = async (): Promise<Repository> => {
    if (repository !== null && repository.fetches >= FETCHES) await discard();
    if (repository !== null && !(await claimRepository(repository, now()))) await discard();
    repository ??= await createRepository(options, signal);
    return repository;
  };
  const readNewest = async (): Promise<Snapshot> => {
    const opened = await open();
    const head = await findHead(opened.git, location, signal);
    if (head.commit === last?.commit) return last.snapshot;
    opened.fetches += 1;
    const fetched = await fetchHead(opened, { location, name: head.name, maxFetchBytes }, signal);
    const place = { ...fetched, path: location.path, shownAs };
    const files = await readPolicyTree(opened.git, place, signal);
    const snapshot = toSnapshot(location, fetched, files);
    last = { commit: fetched.commit, snapshot };
    return snapshot;
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await discard();
  };
  return {
    shownAs,
    async read() {
      try {
        const snapshot = await readNewest();
        failures = 0;
        return snapshot;
      } catch (error) {
        failures = Math.min(failures + 1, MAX_DOUBLINGS);
        // What broke may be what was kept: a file of another process, a disk that was full.
        if (error instanceof SourceError && error.reason === 'fetch_error') await discard();
        throw error;
      }
    },
    watch(onChange) {
      return repeatSoon(() => waitMs(location.intervalMs, failures, random()), onChange);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** After failures sooner than after a success, at first. */
function waitMs(intervalMs: number, failures: number, roll: number): number {
  const wantedMs = failures === 0 ? intervalMs : RETRY_MS * 2 ** (failures - 1);
  return Math.min(wantedMs, intervalMs) * (1 - JITTER + roll * 2 * JITTER);
}

/** Waits anew after each round, so that a slow remote is never asked twice at once. */
function repeatSoon(nextMs: () => number, work: () => Promise<void>): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(nextMs(), undefined, { ref: false, signal }).catch(() => undefined);
      if (!signal.aborted) await work().catch(() => undefined);
    }
  };
  void run();
  return () => stop.abort();
}

const HEAD = 'refs/tagwarden/head';

interface Fetched {
  readonly commit: string;
  readonly committedAt: Date;
}

interface Wanted {
  readonly location: GitLocation;
  /** Full name of the ref. */
  readonly name: string;
  readonly maxFetchBytes: number;
}

/** Fetches the one ref, without its history. What came is what counts, should the head have moved meanwhile. */
async function fetchHead(
  { git, folder }: Repository,
  { location: { url }, name, maxFetchBytes }: Wanted,
  signal: AbortSignal,
): Promise<Fetched> {
  const flags = ['--quiet', '--depth=1', '--force', '--no-tags', '--no-recurse-submodules'];
  const args = ['fetch', ...flags, '--no-write-fetch-head', '--', url, `+${name}:${HEAD}`];
  await withinSize(
    { folder: join(folder, 'objects', 'pack'), maxBytes: maxFetchBytes },
    async (limited) => await git.text(args, limited),
    signal,
  );
  const text = await git.text(
    ['log', '-1', '--no-show-signature', '--format=%H %ct', HEAD, '--'],
    signal,
  );
  const [commit = '', seconds = ''] = text.trim().split(' ');
  return { commit, committedAt: new Date(Number(seconds) * 1_000) };
}

function toSnapshot(
  { ref }: GitLocation,
  { commit, committedAt }: Fetched,
  files: readonly SourceFile[],
): Snapshot {
  return { files, revision: `${ref}@sha1:${commit}`, committedAt };
}

/** As in `git.example.com/team/tags@main/policies`. */
function shownAsOf({ url, ref, path }: GitLocation): string {
  const { host, pathname } = new URL(url);
  return posix.join(`${host}${pathname}@${ref}`, path);
}
