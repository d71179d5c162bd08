import { escapeControls } from '../report/words.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** `doctor`: one line per check; exit 1 when any fails. Writes nothing anywhere. */
export async function doctor(
  options: { readonly config?: string },
  context: CliContext,
): Promise<ExitCode> {
  const app = await context.openApp({
    configFile: options.config ?? null,
    policyFolder: null,
    withoutPolicies: 'tell',
  });
  try {
    const checks = await app.preflight(context.interruption.signal);
    for (const { check, problem, detail } of checks) {
      const line =
        problem === null ? `ok    ${check}: ${detail}` : `FAIL  ${check}: ${firstLine(problem)}`;
      context.stdout.write(`${escapeControls(line)}\n`);
    }
    return checks.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.error;
  } finally {
    await app.close();
  }
}

/** Policies say more of what is wrong with them than a line holds. */
function firstLine(problem: string): string {
  const [first = '', ...rest] = problem.split('\n');
  return rest.length === 0 ? first : `${first}; tagwarden validate shows it`;
}
