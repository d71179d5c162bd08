import { type Command, InvalidArgumentError, Option } from 'commander';
import { REPORT_STATUSES } from '../model/report.ts';
import type { Declare } from './declare.ts';
import { collect, outputOption, shortOutputOption, withServer } from './declare.ts';
import type { HistoryFlags, HoldFlags, ServerFlags, StatusFlags, UndoFlags } from './flags.ts';

/** Commands for whoever operates a running deployment; they reach its store and queues, not its processes. */
export const OPERATE_COMMANDS: readonly Declare[] = [
  (program, context, exit) =>
    withServer(program.command('status'))
      .description('what is paused, which targets are not in sync and why, how long the queues are')
      .option('--target <glob>', 'only targets whose account/path matches, those in sync too')
      .addOption(
        new Option('--status <status>', 'only targets of this status').choices(REPORT_STATUSES),
      )
      .option('--limit <count>', 'most targets to show', parseCount, 50)
      .addOption(shortOutputOption())
      .action(async (options: StatusFlags) => {
        const { status } = await import('./status.ts');
        exit(await status(options, context));
      }),
  (program, context, exit) =>
    withServer(program.command('history [target]'))
      .description('runs that wrote, newest first: every operation, its rule and its outcome')
      .option('--run <id>', 'only this run')
      .option('--tag <name>', 'only operations on this tag')
      .option('--limit <count>', 'most runs to show', parseCount, 20)
      .addOption(shortOutputOption())
      .action(async (target: string | undefined, options: HistoryFlags) => {
        const { history } = await import('./history.ts');
        exit(await history({ ...options, target: target ?? null }, context));
      }),
  (program, context, exit) =>
    withServer(program.command('trigger <targets...>'))
      .description('ask the running service for a pass over targets, or over all that match a glob')
      .action(async (targets: readonly string[], options: ServerFlags & { config?: string }) => {
        const { trigger } = await import('./trigger.ts');
        exit(await trigger({ ...options, targets }, context));
      }),
  (program, context, exit) =>
    withScope(withServer(program.command('pause')))
      .description('hold writes on all workers within 2 s; planning goes on')
      .option('--reason <text>', 'shown wherever the pause shows')
      .action(async (options: HoldFlags) => {
        const { pause } = await import('./hold.ts');
        exit(await pause(options, context));
      }),
  (program, context, exit) =>
    withScope(withServer(program.command('resume')))
      .description('end the pause of the same scope, and a quarantine with --target')
      .action(async (options: HoldFlags) => {
        const { resume } = await import('./hold.ts');
        exit(await resume(options, context));
      }),
  (program, context, exit) =>
    program
      .command('undo <run>')
      .description('take back what a recorded run wrote, where the target is still as it left it')
      .option('--dry-run', 'show what would be written, write nothing')
      .option('--confirm <digest>', 'let one guarded plan through; repeatable', collect, [])
      .addOption(outputOption())
      .action(async (run: string, options: UndoFlags) => {
        const { undo } = await import('./undo.ts');
        exit(await undo({ ...options, run }, context));
      }),
  (program, context, exit) => AUDIT(program, context, exit),
];

/** `audit verify`: files only, no configuration. */
const AUDIT: Declare = (program, context, exit) =>
  program
    .command('audit')
    .description('the record of every write')
    .command('verify <path>')
    .description('check an audit file, or a folder of them: nothing altered, taken out or put in')
    .action(async (path: string) => {
      const { verify } = await import('./audit.ts');
      exit(await verify(path, context));
    });

function withScope(command: Command): Command {
  return command
    .option('--target <glob>', 'only targets whose account/path matches')
    .option('--policy <name>', "only this policy's operations")
    .option('--deletes', 'only deletes, as the fleet-wide guard does');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('wanted a whole number above 0');
}
