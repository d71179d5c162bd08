import type { Console } from './console.ts';
import type { CliContext } from './context.ts';

/** Opens the console of the configuration for one command, and closes it whatever happens. */
export async function withConsole<T>(
  configFile: string | undefined,
  context: CliContext,
  work: (console: Console) => Promise<T>,
): Promise<T> {
  const console = await context.openConsole({ configFile: configFile ?? null, policyFolder: null });
  try {
    return await work(console);
  } finally {
    await console.close();
  }
}
