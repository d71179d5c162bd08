import { type Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { FAIL_ON, FORMATS, SHORT_FORMATS } from './flags.ts';

export type SetExitCode = (code: ExitCode) => void;

/** One subcommand: how it is declared, and the module that is loaded only when it runs. */
export type Declare = (program: Command, context: CliContext, exit: SetExitCode) => Command;

/** `--output` of commands whose result is a list of reports. */
export function outputOption(): Option {
  return new Option('--output <format>', 'form of the result').choices(FORMATS).default('text');
}

/** `--output` of the others. */
export function shortOutputOption(): Option {
  return new Option('--output <format>', 'form of the result')
    .choices(SHORT_FORMATS)
    .default('text');
}

/** `--fail-on` of `plan`. */
export function failOnOption(): Option {
  return new Option(
    '--fail-on <what>',
    'exit 3 as well when a rule would move a protected name',
  ).choices(FAIL_ON);
}

/** `--server` and its token, of commands that can ask a service instead of its store. */
export function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'ask the service at this URL, not the store of the configuration')
    .option('--token-file <file>', 'file with its admin token (default: TAGWARDEN_TOKEN)');
}

/** An option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
