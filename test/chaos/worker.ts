import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileCache } from '../support/compile-cache.ts';
import { KEY_ENV } from '../support/workspace.ts';

const MAIN =
  process.env['TAGWARDEN_MAIN'] ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const LOGS = process.env['CHAOS_LOGS'];
const KEPT_LINES = 40;

/** Facts of all processes of a world, over their restarts. */
export interface Tally {
  /** How often each log message at warn or above was written. */
  readonly messages: Map<string, number>;
  /** Anything on stderr: crash reports, unhandled rejections. */
  readonly stderr: string[];
  /** Ends nobody asked for: exit code or signal. */
  readonly unexpectedEnds: string[];
}

/** A `tagwarden run` process that can be killed, frozen and started again under the same name. */
export interface Member {
  readonly name: string;
  /** Base URL of its probes; null: not started yet. */
  readonly url: string | null;
  readonly running: boolean;
  /** Resident memory and open files by /proc; null where there is none. */
  usage(): Usage | null;
  /** Resolves when its workers are connected, or when it was told to end meanwhile. */
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with exit code or signal, and with how long it took. */
  stop(): Promise<{ readonly end: number | NodeJS.Signals; readonly ms: number }>;
  signal(name: NodeJS.Signals): void;
}

export interface Usage {
  readonly pid: number;
  readonly rssMb: number;
  readonly handles: number;
}

export interface MemberOptions {
  readonly name: string;
  readonly role: string;
  readonly configFile: string;
  readonly tally: Tally;
  readonly env?: Readonly<Record<string, string>>;
  /** Entry point of another release; absent: this one. */
  readonly main?: string;
}

export function createTally(): Tally {
  return { messages: new Map(), stderr: [], unexpectedEnds: [] };
}

/** A process that is not running yet. */
export function createMember(options: MemberOptions): Member {
  const { name, role, configFile, tally, env = {}, main = MAIN } = options;
  let child: ChildProcess | null = null;
  let url: string | null = null;
  /** Processes that were told to end. */
  const expected = new WeakSet<ChildProcess>();
  const isRunning = (): boolean =>
    child !== null && child.exitCode === null && child.signalCode === null;

  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    const ending = child;
    if (ending === null || !isRunning()) return 0;
    expected.add(ending);
    const gone = once(ending, 'exit');
    ending.kill('SIGCONT'); // a frozen process does not see SIGTERM
    ending.kill(signal);
    await gone;
    return ending.exitCode ?? ending.signalCode ?? 1;
  };

  return {
    name,
    get url() {
      return url;
    },
    get running() {
      return isRunning();
    },
    usage: () => (isRunning() ? readUsage(child?.pid ?? 0) : null),
    async start() {
      const args = ['run', '--role', role, '--port', '0', '--config', configFile];
      const born = spawn(process.execPath, [main, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...compileCache(), ...KEY_ENV, ...env },
      });
      child = born;
      const endWithUs = (): void => void born.kill('SIGKILL');
      process.once('exit', endWithUs);
      born.once('exit', (code, signal) => {
        process.off('exit', endWithUs);
        if (expected.has(born)) return;
        tally.unexpectedEnds.push(`${name} ended with ${code ?? signal}`);
      });
      try {
        url = await readStart(born, options);
      } catch (error) {
        // Told to end before it had begun.
        if (!expected.has(born)) throw error;
      }
    },
    kill: async () => void (await end('SIGKILL')),
    async stop() {
      const askedAt = performance.now();
      return { end: await end('SIGTERM'), ms: performance.now() - askedAt };
    },
    signal: (signal) => void child?.kill(signal),
  };
}

/** Resolves with the URL of the first `service started`; rejects when the process ends first. */
async function readStart(
  child: ChildProcess,
  { name, tally }: MemberOptions,
): Promise<string | null> {
  const started = Promise.withResolvers<string | null>();
  const heard: string[] = [];
  const keep = (line: string): void => {
    heard.push(line);
    if (heard.length > KEPT_LINES) heard.shift();
  };
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes to the process');
  createInterface({ input: child.stdout }).on('line', (line) => {
    keep(line);
    writeDown(name, line);
    const entry = readLine(line);
    if (entry === null) return;
    if (entry.msg === 'service started') started.resolve(entry.url ?? null);
    if ((entry.level ?? 0) < WARN) return;
    tally.messages.set(entry.msg, (tally.messages.get(entry.msg) ?? 0) + 1);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    keep(line);
    writeDown(name, line);
    tally.stderr.push(line);
  });
  child.once('close', (code, signal) => {
    started.reject(
      new Error(`ended with ${code ?? signal} before it started:\n${heard.join('\n')}`),
    );
  });
  return await started.promise;
}

/** With CHAOS_LOGS set to a folder, every line is kept there, one file a process name. */
function writeDown(name: string, line: string): void {
  if (LOGS !== undefined)
    appendFileSync(join(LOGS, `${name.replaceAll(' ', '-')}.log`), `${line}\n`);
}

const WARN = 40;

interface LogLine {
  readonly level?: number;
  readonly msg: string;
  readonly url?: string;
}

function readLine(line: string): LogLine | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return null; // cut off by a kill
  }
}

/** Resident memory and open files of any process; null when it is gone or there is no /proc. */
export function readUsage(pid: number): Usage | null {
  try {
    const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { pid, rssMb: Number(kb) / 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}
