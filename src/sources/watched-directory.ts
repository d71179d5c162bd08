import { type FSWatcher, watch } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPolicyDirectory, shownPath } from './directory.ts';
import type { PolicyOrigin, Snapshot } from './origin.ts';
import { revisionOf } from './revision.ts';

export interface DirectoryOriginOptions {
  readonly folder: string;
  /** How often the folder is read whatever the system tells; it tells nothing of some network drives. */
  readonly pollMs: number;
}

/** Quiet after the last change before the folder is read. */
const QUIET_MS = 150;
/** Files that change without a rest are read after this all the same. */
const LONGEST_MS = 600;
/** What is new is read twice, this far apart: a file that is being written is not the same twice. */
const SETTLE_MS = 150;
const MAX_SETTLING = 6;
/** Folders of a tree beyond this are only polled. */
const MAX_WATCHED = 500;

/** Policies of a folder. Follows in-place edits, and folders and links that are swapped, as Kubernetes does. */
export function createDirectoryOrigin({ folder, pollMs }: DirectoryOriginOptions): PolicyOrigin {
  const shownAs = shownPath(folder);
  let last: string | null = null;
  const readOnce = async (): Promise<Snapshot> => {
    const files = await readPolicyDirectory(folder, shownAs);
    return { files, revision: revisionOf(files, shownAs), committedAt: null };
  };
  return {
    shownAs,
    async read() {
      let snapshot = await readOnce();
      for (let round = 0; last !== null && snapshot.revision !== last; round += 1) {
        await sleep(SETTLE_MS);
        const again = await readOnce();
        const isSettled = again.revision === snapshot.revision || round >= MAX_SETTLING;
        snapshot = again;
        if (isSettled) break;
      }
      last = snapshot.revision;
      return snapshot;
    },
    watch: (onChange) => watchFolder(folder, pollMs, onChange),
    close: async () => await Promise.resolve(),
    [Symbol.asyncDispose]: async () => await Promise.resolve(),
  };
}

function watchFolder(folder: string, pollMs: number, onChange: () => Promise<void>): () => void {
  let watchers: readonly FSWatcher[] = [];
  let watched = '';
  let stopped = false;
  /** One that waits for quiet, after one that does not. */
  let timers: readonly NodeJS.Timeout[] = [];
  const stopWatching = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  /** Follows folders that came or went; a folder that was swapped is another one under the same name. */
  const rearm = async (): Promise<void> => {
    const found = await findFolders(folder);
    const key = found.map(({ path, id }) => `${id}:${path}`).join('\n');
    if (stopped || key === watched) return;
    stopWatching();
    watched = key;
    watchers = found.flatMap(({ path }) => watchOne(path, noticed) ?? []);
  };
  const round = async (): Promise<void> => {
    await rearm();
    if (!stopped) await onChange();
  };
  const settled = (): void => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
    void round().catch(() => undefined);
  };
  const noticed = (): void => {
    if (stopped) return;
    const [longest = setTimeout(settled, LONGEST_MS).unref(), quiet] = timers;
    clearTimeout(quiet);
    timers = [longest, setTimeout(settled, QUIET_MS).unref()];
  };
  void rearm().catch(() => undefined);
  const poll = setInterval(() => void round().catch(() => undefined), pollMs).unref();
  return () => {
    stopped = true;
    clearInterval(poll);
    for (const timer of timers) clearTimeout(timer);
    stopWatching();
  };
}

/** Null: the system will not watch it, as without free watches; it is polled. */
function watchOne(path: string, onEvent: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

interface Folder {
  readonly path: string;
  readonly id: string;
}

/** The folder, those below it, and those inside of it that links lead to: one that leads out is refused anyway. */
async function findFolders(root: string): Promise<readonly Folder[]> {
  const found = new Map<string, Folder>();
  const base = await realpath(root).catch(() => root);
  const visit = async (path: string): Promise<void> => {
    const real = await realpath(path).catch(() => null);
    if (real === null || found.has(real) || found.size >= MAX_WATCHED) return;
    if (real !== base && !real.startsWith(join(base, sep))) return;
    const stats = await stat(real).catch(() => null);
    if (stats === null || !stats.isDirectory()) return;
    found.set(real, { path: real, id: `${stats.dev}:${stats.ino}` });
    const entries = await readdir(real, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() || entry.isSymbolicLink()) await visit(join(real, entry.name));
    }
  };
  await visit(root);
  return [...found.values()];
}
