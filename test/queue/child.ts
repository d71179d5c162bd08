import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

interface Said {
  readonly event: string;
  readonly message?: string;
  readonly attempt?: number;
  readonly path?: string;
}

/** A real process of one of the scripts beside this file. */
export interface Child {
  readonly process: ChildProcess;
  readonly said: Said[];
  count(event: string): number;
  kill(): Promise<void>;
}

/** Starts `script` with node; its stdout is one JSON object a line. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Written by our own script.
    said.push(JSON.parse(line) as Said);
  });
  return {
    process: child,
    said,
    count: (event) => said.filter((one) => one.event === event).length,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
