import { renderIssue } from '../policy/issue.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `validate [DIR]`: checks everything that can be checked without contacting anything. */
export async function validate(
  options: { readonly config?: string; readonly dir: string | null },
  context: CliContext,
): Promise<ExitCode> {
  const found = await context.validate({
    configFile: options.config ?? null,
    policyFolder: options.dir,
  });
  for (const issue of found.issues) context.stderr.write(`${renderIssue(issue)}\n\n`);
  if (found.configFile === null) {
    context.stderr.write('No tagwarden.yaml here: accounts and capabilities were not checked.\n');
  }
  const errors = found.issues.filter((issue) => issue.severity === 'error').length;
  const warnings = found.issues.length - errors;
  context.stdout.write(
    `${errors === 0 ? 'valid' : 'invalid'}: ` +
      `${found.policies} ${found.policies === 1 ? 'policy' : 'policies'} in ${count(found.files, 'file')}, ` +
      `${count(errors, 'error')}, ${count(warnings, 'warning')}\n`,
  );
  return errors === 0 ? EXIT.ok : EXIT.error;
}
