import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const READY_TIMEOUT_MS = 30_000;
const PORT_ATTEMPTS = 5;

interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** What its log says when it takes connections. */
  readonly ready: string;
  readonly options?: SpawnOptions;
}

/** Starts a server and waits until it says that it is ready; ends with this process at the latest. */
export async function spawnServer(server: ServerCommand): Promise<ChildProcess> {
  const { command, args, options = {} } = server;
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  try {
    await ready(child, server);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return child;
}

/** Calls `start` with free ports until one is still free when the server binds it. */
export async function spawnOnFreePort(
  start: (port: number) => Promise<ChildProcess>,
): Promise<{ port: number; child: ChildProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      return { port, child: await start(port) };
    } catch (error) {
      // Another process may take the port between the look and the bind.
      const isTaken = /address already in use/i.test(String(error));
      if (!isTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** Sends the signal and waits until the process is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function ready(child: ChildProcess, { command, ready: line }: ServerCommand): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let log = '';
    let isReady = false;
    const fail = (why: string) => reject(new Error(`Cannot start ${command}: ${why}\n${log}`));
    const timer = setTimeout(() => fail(`not ready in ${READY_TIMEOUT_MS} ms`), READY_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      // Servers write a line for each request.
      if (isReady) return;
      log += chunk.toString();
      if (!log.includes(line)) return;
      isReady = true;
      clearTimeout(timer);
      resolve();
    };
    // Both pipes stay in flowing mode: a full pipe would stop the server.
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      fail(`exit code ${code}`);
    });
  });
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}
