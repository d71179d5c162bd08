import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { ReconcileError } from '../model/errors.ts';
import type { CliContext } from './context.ts';
import {
  collect,
  type Declare,
  failOnOption,
  outputOption,
  type SetExitCode,
  shortOutputOption,
  withServer,
} from './declare.ts';
import { EXIT, EXIT_CODE_OF_ERROR, type ExitCode } from './exit-code.ts';
import {
  type ApplyFlags,
  type DemoFlags,
  type ExplainFlags,
  type PlanFlags,
  type RunFlags,
  SHELLS,
  type Shell,
  type SimulateFlags,
  type SnapshotFlags,
  type TestFlags,
} from './flags.ts';
import { OPERATE_COMMANDS } from './operate.ts';

/** Runs one command line (without node and script) and resolves with its exit code; never rejects. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  const result: { code: ExitCode } = { code: EXIT.ok };
  const program = createProgram(context, (code) => {
    result.code = code;
  });
  try {
    await program.parseAsync(argv[0] === '--version' ? ['version'] : [...argv], { from: 'user' });
    return result.code;
  } catch (error) {
    return await exitCodeOf(error, context);
  }
}

async function exitCodeOf(error: unknown, context: CliContext): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const interruptedBy = context.interruption.by();
  if (interruptedBy !== null) {
    context.stderr.write('Interrupted; what was applied so far stays, and a rerun is safe.\n');
    return interruptedBy === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  }
  const { describeError } = await import('./describe-error.ts');
  context.stderr.write(describeError(error));
  return error instanceof ReconcileError ? EXIT_CODE_OF_ERROR[error.code] : EXIT.error;
}

/** The commands as declared; `exit` is told what each comes to. The reference of the command line is made from it, too. */
export function createProgram(context: CliContext, exit: SetExitCode): Command {
  const program = new Command('tagwarden')
    .description(
      'Keeps tags on VM images and in container registries the way git says they should be',
    )
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .addHelpText('after', '\nFirst run without any cloud account: tagwarden demo\n');
  for (const declare of [...COMMANDS, ...OPERATE_COMMANDS]) {
    const command = declare(program, context, exit);
    command
      .copyInheritedSettings(program)
      .option(
        '--config <file>',
        'configuration file (default: tagwarden.yaml, or TAGWARDEN_CONFIG)',
      );
  }
  return program;
}

const COMMANDS: readonly Declare[] = [
  (program, context, exit) =>
    program
      .command('validate [dir]')
      .description('check policies and configuration; every error with its position')
      .action(async (dir: string | undefined, options: { config?: string }) => {
        const { validate } = await import('./validate.ts');
        exit(await validate({ ...options, dir: dir ?? null }, context));
      }),
  (program, context, exit) =>
    program
      .command('plan [dir]')
      .description('show what would change and why; writes nothing')
      .option('--target <glob>', 'only targets whose account/path matches')
      .option('--out <file>', 'save the plan for apply')
      .addOption(outputOption())
      .option('--detailed-exitcode', 'exit 2 when changes are present')
      .addOption(failOnOption())
      .action(async (dir: string | undefined, options: PlanFlags) => {
        const { plan } = await import('./plan.ts');
        exit(await plan({ ...options, dir: dir ?? null }, context));
      }),
  (program, context, exit) =>
    program
      .command('apply [plan]')
      .description('perform a saved plan, or a fresh one, once')
      .option('--target <glob>', 'only targets whose account/path matches')
      .option('--confirm <digest>', 'let one guarded plan through; repeatable', collect, [])
      .addOption(outputOption())
      .action(async (plan: string | undefined, options: ApplyFlags) => {
        const { apply } = await import('./apply.ts');
        exit(await apply({ ...options, planFile: plan ?? null }, context));
      }),
  (program, context, exit) =>
    program
      .command('run')
      .description('the long-running service')
      .option('--role <roles>', 'all, or a list of scheduler, worker, api', 'all')
      .option('--host <host>', 'address to listen on (default: server.host)')
      .option('--port <port>', 'port to listen on (default: server.port)', parsePort)
      .action(async (options: RunFlags) => {
        const { run } = await import('./run.ts');
        exit(await run(options, context));
      }),
  (program, context, exit) =>
    program
      .command('test [path]')
      .description('run PolicyTest documents of a folder or file; needs no configuration')
      .option('--policies <dir>', 'policies under test (default: path, or the policy folder)')
      .addOption(shortOutputOption())
      .action(async (path: string | undefined, options: TestFlags) => {
        const { test } = await import('./test.ts');
        exit(await test({ ...options, path: path ?? null }, context));
      }),
  (program, context, exit) =>
    program
      .command('snapshot <target>')
      .description("write a target's listing as a PolicyTest that expects what is planned now")
      .option('--out <file>', 'file to write instead of stdout')
      .option('--force', 'overwrite the file')
      .action(async (target: string, options: SnapshotFlags) => {
        const { snapshot } = await import('./snapshot.ts');
        exit(await snapshot({ ...options, target }, context));
      }),
  (program, context, exit) =>
    withServer(program.command('explain <target> [tag]'))
      .description('which rule decided about a tag, which rules lost, and why')
      .option('--snapshot <file>', 'look at a file of snapshot instead of the cloud')
      .option('--test <name>', 'which test of the file, when several are about the target')
      .option('--policies <dir>', 'policies to explain (default: the policy folder)')
      .addOption(shortOutputOption())
      .action(async (target: string, tag: string | undefined, options: ExplainFlags) => {
        const { explain } = await import('./explain.ts');
        exit(await explain({ ...options, target, tag: tag ?? null }, context));
      }),
  (program, context, exit) =>
    program
      .command('schema [name]')
      .description('print a JSON Schema: policy (default) or config')
      .action(async (name: string | undefined) => {
        const { schema } = await import('./schema.ts');
        exit(schema(name ?? 'policy', context));
      }),
  (program, context, exit) =>
    program
      .command('doctor')
      .description('preflight: configuration, policies, credentials, queue')
      .action(async (options: { config?: string }) => {
        const { doctor } = await import('./doctor.ts');
        exit(await doctor(options, context));
      }),
  (program, context, exit) =>
    program
      .command('simulate')
      .description('start the cloud simulator (IAM, IMS, SWR, UHub)')
      .option('--host <host>', 'address to listen on', '127.0.0.1')
      .option('--port <port>', 'first of five ports; 0: free ones', parsePort, 8900)
      .option('--seed <file>', 'YAML file with the initial state')
      .action(async (options: SimulateFlags) => {
        const { simulate } = await import('./simulate.ts');
        exit(await simulate(options, context));
      }),
  (program, context, exit) =>
    program
      .command('demo')
      .description('the guided first run: simulator, embedded queue and service in one process')
      .option('--once', 'stop after the first convergence')
      .option('--timeout <seconds>', 'longest wait for convergence', parseSeconds, 60)
      .action(async (options: DemoFlags) => {
        const { demo } = await import('./demo.ts');
        exit(await demo(options, context));
      }),
  (program, context, exit) =>
    program
      .command('completion')
      .description('print a script that completes commands and options in your shell')
      .addArgument(new Argument('<shell>').choices(SHELLS))
      .action(async (shell: Shell) => {
        const { completion } = await import('./completion.ts');
        exit(completion(shell, program, context));
      }),
  (program, context, exit) =>
    program
      .command('version')
      .description('print the version')
      .action(async () => {
        const { readVersion } = await import('../config/version.ts');
        context.stdout.write(`tagwarden ${readVersion()} (node ${process.version})\n`);
        exit(EXIT.ok);
      }),
];

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('wanted a port from 0 to 65535');
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('wanted a number of seconds above 0');
}
