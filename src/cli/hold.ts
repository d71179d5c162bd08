import { ReconcileError } from '../model/errors.ts';
import { globMatcher } from '../model/glob.ts';
import { accountOf, type Pause, type PauseScope } from '../model/pause.ts';
import { type Target, targetKey } from '../model/target.ts';
import { describeScope, renderPauses } from '../report/holds.ts';
import type { Console } from './console.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { HoldFlags } from './flags.ts';
import { knownTargets } from './known-targets.ts';
import { refuseGlob } from './targets.ts';
import { withConsole } from './with-console.ts';

/** `pause`: writes are held everywhere within 2 s; planning goes on. */
export async function pause(options: HoldFlags, context: CliContext): Promise<ExitCode> {
  const scope = scopeOf(options, context);
  if (scope === null) return EXIT.usage;
  return await withConsole(options, context, async (console) => {
    await refuseUnknown(console, scope);
    const reason = options.reason ?? 'no reason given';
    await console.store.pause({ scope, reason, by: 'cli', since: console.now() });
    context.stdout.write(`paused ${describeScope(scope)}\n`);
    await printHolds(console, context);
    return EXIT.ok;
  });
}

/** `resume`: ends the pause of the same scope, and asks at once for the passes that were held. */
export async function resume(options: HoldFlags, context: CliContext): Promise<ExitCode> {
  const scope = scopeOf(options, context);
  if (scope === null) return EXIT.usage;
  return await withConsole(options, context, async (console) => {
    const ended = await console.store.resume(scope);
    const released = scope.type === 'targets' ? await releaseQuarantined(console, scope.glob) : [];
    for (const target of released) context.stdout.write(`released ${targetKey(target)}\n`);
    if (!ended && released.length === 0) {
      context.stdout.write(`nothing to resume: ${describeScope(scope)} was not paused\n`);
    } else {
      const asked = await askForWork(console, scope).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        context.stderr.write(`${NOT_ASKED}: ${reason}\n`);
        return 'nothing';
      });
      context.stdout.write(`resumed ${describeScope(scope)}; asked for ${asked}\n`);
    }
    await printHolds(console, context);
    return EXIT.ok;
  });
}

/** Null, with a line on stderr, when the flags contradict each other. */
function scopeOf({ target, policy, deletes }: HoldFlags, context: CliContext): PauseScope | null {
  if (refuseGlob(target, context)) return null;
  const scopes: PauseScope[] = [
    ...(target === undefined ? [] : [{ type: 'targets', glob: target } as const]),
    ...(policy === undefined ? [] : [{ type: 'policy', policy } as const]),
    ...(deletes === true ? [{ type: 'deletes' } as const] : []),
  ];
  if (scopes.length <= 1) return scopes[0] ?? { type: 'all' };
  context.stderr.write('error: --target, --policy and --deletes exclude each other\n');
  return null;
}

/** What is in force after the command, so that nobody has to guess. */
async function printHolds({ store, configured }: Console, { stdout }: CliContext): Promise<void> {
  const pauses: readonly Pause[] = [...(await store.pauses()), ...configured];
  stdout.write(
    pauses.length === 0 ? 'nothing is paused\n' : `${renderPauses(pauses).join('\n')}\n`,
  );
}

async function releaseQuarantined(
  { store, now }: Console,
  glob: string,
): Promise<readonly Target[]> {
  const isMeant = globMatcher([glob]);
  const released: Target[] = [];
  for (const { target } of await store.quarantined(now())) {
    if (isMeant(targetKey(target)) && (await store.release(target))) released.push(target);
  }
  return released;
}

const NOT_ASKED =
  'warning: the passes that were held could not be asked for; the next sweeps bring them';

/** A name that was misspelt reads like a pause that works. */
async function refuseUnknown(console: Console, scope: PauseScope): Promise<void> {
  const account = accountOf(scope);
  if (account !== null && !console.isConfigured(account)) {
    throw cannotPause(scope, `account "${account}" is not configured`);
  }
  if (scope.type !== 'policy') return;
  // A pause does not wait for policies that can be read.
  const set = await console.policies().catch(() => null);
  if (set === null || set.policies.some(({ name }) => name === scope.policy)) return;
  throw cannotPause(scope, `there is no policy "${scope.policy}"`);
}

function cannotPause(scope: PauseScope, reason: string): ReconcileError {
  const message = `Cannot pause ${describeScope(scope)}: ${reason}, wanted one that there is`;
  return new ReconcileError('CONFIG_INVALID', message);
}

async function askForWork(console: Console, scope: PauseScope): Promise<string> {
  if (scope.type === 'targets') {
    let passes = 0;
    for await (const target of knownTargets(console, scope.glob)) {
      await console.trigger(target);
      passes += 1;
    }
    return `${passes} ${passes === 1 ? 'pass' : 'passes'}`;
  }
  const policies = (await console.policies()).policies.filter(
    ({ name, suspend }) => !suspend && (scope.type !== 'policy' || name === scope.policy),
  );
  for (const { name } of policies) await console.sweep(name);
  return `${policies.length} ${policies.length === 1 ? 'sweep' : 'sweeps'}`;
}
