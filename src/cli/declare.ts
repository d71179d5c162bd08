import { type Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import type { ExitCode } from './exit-code.ts';
import { FORMATS, SHORT_FORMATS } from './flags.ts';

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

/** An option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
