import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileCache } from './compile-cache.ts';

const MAIN =
  process.env['TAGWARDEN_MAIN'] ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A real `tagwarden` process and what it printed. */
export interface TagwardenProcess {
  readonly child: ChildProcess;
  /** Lines of stdout, in order. */
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with the first line that matches, also one from before; rejects when the process ends first. */
  waitFor(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `tagwarden ARGS`; secrets and the like go in through `env`. */
export function startTagwarden(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): TagwardenProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...compileCache(), ...env },
  });
  const lines: string[] = [];
  const errors: string[] = [];
  const watchers = new Set<(line: string) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const waitFor = async (pattern: RegExp): Promise<string> => {
    const seen = lines.find((line) => pattern.test(line));
    if (seen !== undefined) return seen;
    return await new Promise<string>((resolve, reject) => {
      const watcher = (line: string): void => {
        if (!pattern.test(line)) return;
        watchers.delete(watcher);
        resolve(line);
      };
      watchers.add(watcher);
      void ended.then((end) =>
        reject(new Error(`ended with ${end} before ${pattern}:\n${errors.join('\n')}`)),
      );
    });
  };
  return { child, lines, errors, ended, waitFor, kill: (signal) => void child.kill(signal) };
}

/** What a command that ended printed. */
export interface Finished {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tagwarden ARGS` to its end. */
export async function runTagwarden(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const run = startTagwarden(args, env);
  const code = await run.ended;
  return { code, stdout: run.lines.join('\n'), stderr: run.errors.join('\n') };
}
