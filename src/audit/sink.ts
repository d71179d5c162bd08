import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Where audit records go. */
export interface Sink {
  /** Resolves when the text is where a crash cannot take it away. Rejects with none of it written. */
  append(text: string): Promise<void>;
  /** True: the records to come belong into a new file, whose first one says so. */
  isDue(): Promise<boolean>;
  /** Goes on in a new file; gives the name of the one before, null for the first. */
  turn(): Promise<string | null>;
  close(): Promise<void>;
}

export interface FileSinkOptions {
  readonly folder: string;
  /** Start of every file's name, of this process alone. */
  readonly name: string;
  readonly maxBytes: number;
}

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  bytes: number;
}

/**
 * Files `NAME-0001.jsonl` and so on in a folder. A file may be renamed while it is written to; one that is deleted, or
 * that could not be mended after a failed write, is followed by a new one.
 */
export function createFileSink({ folder, name, maxBytes }: FileSinkOptions): Sink {
  let current: OpenFile | null = null;
  let count = 0;
  let isBroken = false;
  const append = async (text: string): Promise<void> => {
    if (current === null) throw new Error('the audit file is not open');
    const { handle, bytes } = current;
    try {
      await handle.appendFile(text);
      await handle.datasync();
      current.bytes += Buffer.byteLength(text);
    } catch (error) {
      // A part may be there: what was not promised must not stay.
      await handle.truncate(bytes).catch(() => {
        isBroken = true;
      });
      throw error;
    }
  };
  return {
    append,
    async isDue() {
      if (current === null || isBroken || current.bytes >= maxBytes) return true;
      return await current.handle.stat().then(
        ({ nlink }) => nlink === 0,
        () => true,
      );
    },
    async turn() {
      const previous = current;
      // Counted even when it fails: a name that was tried may exist.
      count += 1;
      const path = join(folder, `${name}-${String(count).padStart(4, '0')}.jsonl`);
      current = { path, handle: await createFile(folder, path), bytes: 0 };
      isBroken = false;
      // All of it was synced; what closing says changes nothing.
      await previous?.handle.close().catch(() => undefined);
      return previous === null ? null : basename(previous.path);
    },
    async close() {
      await current?.handle.close();
      current = null;
    },
  };
}

/** The name, too, must outlive a loss of power. */
async function createFile(folder: string, path: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const { O_CREAT, O_EXCL, O_APPEND, O_WRONLY } = constants;
  // biome-ignore lint/suspicious/noBitwiseOperators: flags of open(2)
  const handle = await open(path, O_CREAT | O_EXCL | O_APPEND | O_WRONLY, 0o640);
  try {
    await syncFolder(folder);
    return handle;
  } catch (error) {
    // One is made at each try.
    await handle.close();
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A stream that somebody else keeps, such as stdout. */
export function createLineSink(write: (text: string) => Promise<void>): Sink {
  let isOpen = false;
  return {
    append: write,
    isDue: async () => !isOpen,
    async turn() {
      isOpen = true;
      return null;
    },
    close: async () => undefined,
  };
}
