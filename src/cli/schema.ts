import { configJsonSchema } from '../config/json-schema.ts';
import { policyJsonSchema } from '../policy/json-schema.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** `schema [policy|config]`: prints the JSON Schema editors use. */
export function schema(name: string, context: CliContext): ExitCode {
  if (name !== 'policy' && name !== 'config') {
    context.stderr.write(`error: unknown schema '${name}', wanted policy or config\n`);
    return EXIT.usage;
  }
  const document = name === 'policy' ? policyJsonSchema() : configJsonSchema();
  context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return EXIT.ok;
}
