import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReconcileError } from '../model/errors.ts';

/** Longest socket path every system takes (108 bytes on Linux, 104 elsewhere, one for the end). */
const MAX_PATH_BYTES = 103;
const STALE_TAKEOVER_MS = 5_000;
/** What the owner gets to say who it is. */
const ASK_MS = 300;
const TAKEOVER_WAIT_MS = 20;
const TAKEOVER_TRIES = 40;

/**
 * Takes the folder for this process; the returned function gives it back. A bound socket dies with its process, where
 * a pid file would outlive it and mean nothing in another container. Throws QUEUE_UNAVAILABLE while somebody has it.
 */
export async function lockDirectory(folder: string): Promise<() => Promise<void>> {
  const path = socketPath(folder);
  const server = (await listen(path)) ?? (await takeOver(folder, path));
  // The lock must not keep the process alive.
  server.unref();
  return async () => {
    await new Promise<void>((done) => {
      server.close(() => done());
    });
  };
}

/** Who has the folder: `process 123`, or `another process` that does not say; null: nobody. Takes and writes nothing. */
export async function folderOwner(folder: string): Promise<string | null> {
  const path = socketPath(folder);
  return (await answers(path)) ? await ownerOf(path) : null;
}

function socketPath(folder: string): string {
  const absolute = join(resolve(folder), 'lock.sock');
  const short = relative('', absolute);
  const path = Buffer.byteLength(short) < Buffer.byteLength(absolute) ? short : absolute;
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return path;
  throw new ReconcileError(
    'CONFIG_INVALID',
    `Cannot lock queue folder "${folder}": the path of its socket has ${bytes} bytes, expected at most ${MAX_PATH_BYTES}; choose a shorter folder`,
  );
}

/** Null: the path is taken, by a process or by what a killed one left. */
async function listen(path: string): Promise<Server | null> {
  return await new Promise((done, fail) => {
    const server = createServer((socket) => {
      // Whoever is refused is told by whom.
      socket.on('error', () => {}).end(String(process.pid));
    });
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') done(null);
      else fail(error);
    });
    server.listen(path, () => done(server));
  });
}

/** Replaces the socket of a dead process. One at a time, or the second would unlink the socket of the first. */
async function takeOver(folder: string, path: string): Promise<Server> {
  const turn = join(folder, 'lock.takeover');
  for (let tried = 0; tried < TAKEOVER_TRIES; tried += 1) {
    if (await answers(path)) break;
    if (!enter(turn)) {
      await sleep(TAKEOVER_WAIT_MS);
      continue;
    }
    try {
      if (await answers(path)) break;
      rmSync(path, { force: true });
      const server = await listen(path);
      if (server) return server;
    } finally {
      rmdirSync(turn);
    }
  }
  const owner = await ownerOf(path);
  throw new ReconcileError(
    'QUEUE_UNAVAILABLE',
    `Cannot open queue folder "${folder}": ${owner} uses it, expected one process a folder; stop that one, or set queue.url to redis://… or postgres://… to share a queue`,
  );
}

/** A process that is stopped, or of an older version, does not say who it is. */
async function ownerOf(path: string): Promise<string> {
  return await new Promise((done) => {
    let said = '';
    const socket = connect(path).setTimeout(ASK_MS);
    const end = () => {
      socket.destroy();
      done(/^\d+$/.test(said) ? `process ${said}` : 'another process');
    };
    socket.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    socket.on('end', end).on('timeout', end).on('error', end);
  });
}

async function answers(path: string): Promise<boolean> {
  return await new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

function enter(turn: string): boolean {
  try {
    mkdirSync(turn);
    return true;
  } catch {
    removeStale(turn);
    return false;
  }
}

/** A process killed inside takeOver() leaves its turn behind. */
function removeStale(turn: string): void {
  try {
    if (Date.now() - statSync(turn).mtimeMs > STALE_TAKEOVER_MS) rmdirSync(turn);
  } catch {
    // Somebody else was faster; the next try finds out.
  }
}
