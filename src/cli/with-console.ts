import type { Console, LocalConsole } from './console.ts';
import type { CliContext } from './context.ts';
import type { ServerFlags } from './flags.ts';
import { openServer } from './remote.ts';

/** Opens the console of the configuration, or the one behind `--server`, and closes it whatever happens. */
export async function withConsole<T>(
  options: ServerFlags & { readonly config?: string },
  context: CliContext,
  work: (console: Console) => Promise<T>,
): Promise<T> {
  const { server } = options;
  if (server === undefined) return await withLocalConsole(options.config, context, work);
  return await closing(await openServer({ ...options, server }, context), work);
}

/** The console of the configuration alone, for what only it can do. */
export async function withLocalConsole<T>(
  configFile: string | undefined,
  context: CliContext,
  work: (console: LocalConsole) => Promise<T>,
): Promise<T> {
  const options = { configFile: configFile ?? null, policyFolder: null };
  return await closing(await context.openConsole(options), work);
}

async function closing<C extends Console, T>(
  console: C,
  work: (console: C) => Promise<T>,
): Promise<T> {
  try {
    return await work(console);
  } finally {
    await console.close();
  }
}
