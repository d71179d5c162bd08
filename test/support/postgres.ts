import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackages, mayInstallPackages } from './debian.ts';
import { endProcess, isRunning, spawnOnFreePort, spawnServer } from './server-process.ts';

/** A PostgreSQL of one's own, empty. Its address stays the same over kill() and start(). */
export interface PostgresServer {
  /** `postgres://…` of a superuser without a password. */
  readonly url: string;
  readonly port: number;
  /** Ends it as a crash does (SIGKILL); resolves when it is gone. */
  kill(): Promise<void>;
  /** Runs it again after kill(), on the same port and folder. */
  start(): Promise<void>;
  /** Stops it from answering while its connections stay open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it for good and removes its data. May be called twice. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const USER = 'tagwarden';
const START_ATTEMPTS = 20;
/** The data is thrown away, so nothing waits for a disk. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'shared_buffers=64MB',
  'autovacuum_naptime=10s',
];

/** Whether this machine has a PostgreSQL to start. */
export function hasPostgres(): boolean {
  return programFolder() !== null;
}

/** Installs Debian's PostgreSQL where there is none and we may; without one its tests are skipped. */
export function preparePostgres(): void {
  if (hasPostgres() || !mayInstallPackages()) return;
  try {
    installDebianPackages('postgresql');
  } catch (error) {
    console.warn(`No PostgreSQL, its tests are skipped: ${String(error)}`);
  }
}

/** Starts a PostgreSQL for one test file on a free port of the loopback. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = programFolder();
  if (programs === null) throw new Error('Cannot start PostgreSQL: no initdb on PATH');
  const folder = await mkdtemp(join(tmpdir(), 'tagwarden-postgres-'));
  const owner = serverUser();
  const place: Place = { programs, folder, owner };
  try {
    if ('uid' in owner) chownSync(folder, owner.uid, owner.gid);
    const trust = ['--username', USER, '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C'];
    await run(join(programs, 'initdb'), ['--pgdata', folder, '--no-sync', ...trust], {
      ...owner,
      cwd: folder,
    });
    const { port, child } = await spawnOnFreePort((free) => spawnPostgres(place, free));
    return createHandle(place, port, child);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface Place {
  readonly programs: string;
  readonly folder: string;
  readonly owner: { readonly uid: number; readonly gid: number } | object;
}

function programFolder(): string | null {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const debian = versions
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(DEBIAN_FOLDER, version, 'bin'));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...debian, ...path].find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** PostgreSQL refuses to run as root: its own user, or nobody. */
function serverUser(): Place['owner'] {
  if (process.getuid?.() !== 0) return {};
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = ['postgres:', 'nobody:']
    .map((name) => entries.find((line) => line.startsWith(name)))
    .find((line) => line !== undefined);
  const [, , uid, gid] = (entry ?? '').split(':').map(Number);
  if (uid === undefined || gid === undefined) throw new Error('Cannot find a user for PostgreSQL');
  return { uid, gid };
}

async function spawnPostgres(place: Place, port: number): Promise<ChildProcess> {
  return await spawnServer({
    command: join(place.programs, 'postgres'),
    args: [
      '-D',
      place.folder,
      '-p',
      String(port),
      ...SETTINGS.flatMap((setting) => ['-c', setting]),
    ],
    ready: 'database system is ready to accept connections',
    options: { ...place.owner, cwd: place.folder },
  });
}

function createHandle(place: Place, port: number, first: ChildProcess): PostgresServer {
  let child = first;
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    port,
    async kill() {
      if (!isRunning(child)) return;
      const gone = once(child, 'exit');
      // Its sessions, too: they go on serving until they notice that it is gone.
      signalAll(child, 'SIGKILL');
      await gone;
    },
    async start() {
      if (isRunning(child)) return;
      child = await startAgain(place, port);
    },
    async pause() {
      signalAll(child, 'SIGSTOP');
    },
    async resume() {
      signalAll(child, 'SIGCONT');
    },
    async stop() {
      signalAll(child, 'SIGCONT'); // a paused process does not see SIGQUIT
      await endProcess(child, 'SIGQUIT');
      await rm(place.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The backends of a killed server hold its memory until they notice that it is gone. */
async function startAgain(place: Place, port: number): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await spawnPostgres(place, port);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Sessions are processes of their own; where /proc does not list them, only the server itself hears it. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !isRunning(child)) return;
  const list = `/proc/${child.pid}/task/${child.pid}/children`;
  const sessions = existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean) : [];
  for (const pid of [child.pid, ...sessions.map(Number)]) {
    try {
      process.kill(pid, signal);
    } catch {} // it ended meanwhile
  }
}
