import type { Environment } from '../config/environment.ts';
import type { ProviderName } from '../model/account.ts';
import type { Capabilities } from '../model/capabilities.ts';
import type { PolicySet } from '../model/policy.ts';
import type { Secret } from '../model/secret.ts';
import type { PolicyFile, PolicyIssue } from '../policy/issue.ts';
import type { App, Fault, OpenOptions, Validation } from './app.ts';
import type { LocalConsole, RemoteConsole } from './console.ts';

/** Where a command writes: stdout for the result alone, stderr for progress and logs. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY: boolean;
  /** Width of the terminal; absent or null: none, so that lines are as long as they are. */
  readonly columns?: number | null;
}

/** Signals the process got. Commands stop early on `signal`; `run` drains instead. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly by: () => 'SIGINT' | 'SIGTERM' | null;
}

/** A service and what is needed to ask it. */
export interface RemoteOptions {
  readonly url: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

/** Everything a command takes from the outside. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  readonly interruption: Interruption;
  /** Hands on what nobody waited for or caught, until null. A rejection that is heard does not end the process. */
  readonly onFault: (listener: ((fault: Fault, error: unknown) => void) | null) => void;
  /** Blanks every secret read so far; what goes to a file passes it, as the outputs do by themselves. */
  readonly scrub: (text: string) => string;
  /** Loads configuration and policies and wires the adapters; throws ReconcileError or PolicyErrors. */
  readonly openApp: (options: OpenOptions) => Promise<App>;
  /** Opens what the running deployment shares: its store and queues; throws what openApp() throws, QUEUE_UNAVAILABLE. */
  readonly openConsole: (options: OpenOptions) => Promise<LocalConsole>;
  /** Reaches the running deployment by way of its API; throws SERVER_UNREACHABLE, SERVER_REFUSED. */
  readonly openRemote: (options: RemoteOptions) => Promise<RemoteConsole>;
  /** Checks configuration and policies without contacting anything. */
  readonly validate: (options: OpenOptions) => Promise<Validation>;
  /** What is wrong with a set as far as it can be told without accounts, warnings included. */
  readonly checkSet: (
    set: PolicySet,
    files: readonly PolicyFile[],
  ) => Promise<readonly PolicyIssue[]>;
  /** What each provider can do, known without an account. */
  readonly loadCapabilities: () => Promise<(provider: ProviderName) => Capabilities>;
}

/** True when colour codes are welcome on this output. */
export function wantsColor(context: CliContext, output: Output): boolean {
  return output.isTTY && !context.environment.plainOutput;
}
