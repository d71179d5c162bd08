import type { CliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/program.ts';
import { openRemoteConsole } from '../../src/client/console.ts';
import { openApp } from '../../src/compose.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { openConsole } from '../../src/console.ts';
import { capabilitiesOfProvider, checkSet, validateAll } from '../../src/service/validate.ts';

/** Runs a command line in this process, wired as main.ts does it. */
export async function runHere(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const environment = readEnvironment(env);
  const context: CliContext = {
    stdout: { write: (text) => (written.stdout += text), isTTY: false },
    stderr: { write: (text) => (written.stderr += text), isTTY: false },
    environment,
    interruption: { signal: new AbortController().signal, by: () => null },
    onFault: () => undefined,
    scrub: (text) => text,
    openApp: async (options) => await openApp(options, environment, () => undefined),
    openConsole: async (options) => await openConsole(options, environment, () => undefined),
    openRemote: async (options) => await openRemoteConsole(options),
    validate: async (options) => await validateAll(options, environment),
    checkSet: async (set, files) => checkSet(set, files),
    loadCapabilities: async () => capabilitiesOfProvider,
  };
  const code = await runCli(argv, context);
  return { code, ...written };
}
