import { hasWildcard } from '../model/glob.ts';
import { type Target, targetKey } from '../model/target.ts';
import type { Console } from './console.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ServerFlags } from './flags.ts';
import { knownTargets } from './known-targets.ts';
import { parseTarget } from './one-target.ts';
import { refuseGlob } from './targets.ts';
import { withConsole } from './with-console.ts';

interface TriggerOptions extends ServerFlags {
  readonly config?: string;
  readonly targets: readonly string[];
}

/** `trigger TARGET…`: asks the running service for a pass over each target, or over all it knows that match a glob. */
export async function trigger(options: TriggerOptions, context: CliContext): Promise<ExitCode> {
  const { targets } = options;
  if (targets.some((one) => refuseTarget(one, context))) return EXIT.usage;
  return await withConsole(options, context, async (console) => {
    let asked = 0;
    for (const one of targets) {
      for await (const target of targetsOf(console, one, context)) {
        await console.trigger(target);
        context.stdout.write(`asked for a pass over ${targetKey(target)}\n`);
        asked += 1;
      }
    }
    if (asked > 0) return EXIT.ok;
    context.stderr.write('error: no target the service knows matches, wanted account/path\n');
    return EXIT.error;
  });
}

function refuseTarget(text: string, context: CliContext): boolean {
  return hasWildcard(text) ? refuseGlob(text, context) : parseTarget(text, context) === null;
}

async function* targetsOf(
  console: Console,
  text: string,
  context: CliContext,
): AsyncGenerator<Target> {
  if (hasWildcard(text)) yield* knownTargets(console, text);
  const target = hasWildcard(text) ? null : parseTarget(text, context);
  if (target !== null) yield target;
}
