import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TooLarge } from './git-command.ts';

/** How often a growing folder is looked at. */
const LOOK_MS = 200;

interface SizeLimit {
  /** What is written below it counts. */
  readonly folder: string;
  /** By how much it may grow. */
  readonly maxBytes: number;
}

/** Aborts the work when the folder grows too much: git has no limit of its own for what a remote sends. */
export async function withinSize<T>(
  { folder, maxBytes }: SizeLimit,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const before = await sizeOf(folder);
  const cut = new AbortController();
  const timer = setInterval(() => {
    void sizeOf(folder).then((bytes) => {
      if (bytes - before <= maxBytes) return;
      cut.abort(new TooLarge(`the remote sent more than ${maxBytes} bytes`));
    });
  }, LOOK_MS);
  try {
    return await work(AbortSignal.any([signal, cut.signal]));
  } finally {
    clearInterval(timer);
  }
}

/** What vanishes meanwhile counts for nothing. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map(
      async (name) =>
        await stat(join(folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
