import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** `doctor`: one line per check; exit 1 when any fails. Writes nothing anywhere. */
export async function doctor(
  options: { readonly config?: string },
  context: CliContext,
): Promise<ExitCode> {
  const app = await context.openApp({ configFile: options.config ?? null, policyFolder: null });
  try {
    const checks = await app.preflight(context.interruption.signal);
    for (const { check, problem, detail } of checks) {
      context.stdout.write(
        problem === null ? `ok    ${check}: ${detail}\n` : `FAIL  ${check}: ${problem}\n`,
      );
    }
    return checks.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.error;
  } finally {
    await app.close();
  }
}
