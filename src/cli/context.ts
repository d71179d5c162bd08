import type { Environment } from '../config/environment.ts';
import type { App, OpenOptions, Validation } from './app.ts';

/** Where a command writes: stdout for the result alone, stderr for progress and logs. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY: boolean;
}

/** Signals the process got. Commands stop early on `signal`; `run` drains instead. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly by: () => 'SIGINT' | 'SIGTERM' | null;
}

/** Everything a command takes from the outside. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  readonly interruption: Interruption;
  /** Loads configuration and policies and wires the adapters; throws ReconcileError or PolicyErrors. */
  readonly openApp: (options: OpenOptions) => Promise<App>;
  /** Checks configuration and policies without contacting anything. */
  readonly validate: (options: OpenOptions) => Promise<Validation>;
}

/** True when colour codes are welcome on this output. */
export function wantsColor(context: CliContext, output: Output): boolean {
  return output.isTTY && !context.environment.plainOutput;
}
