import { createColors } from 'picocolors';
import { planInputOf } from '../check/run-test.ts';
import { readVersion } from '../config/version.ts';
import { ReconcileError } from '../model/errors.ts';
import type { PolicyTest } from '../model/policy-test.ts';
import { type Target, targetKey } from '../model/target.ts';
import { explainTarget } from '../plan/explain.ts';
import { type PlanInput, planTarget } from '../plan/plan.ts';
import { type Explained, explanationsJson, renderExplanations } from '../report/explain.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { ExplainFlags } from './flags.ts';
import { parseTarget } from './one-target.ts';
import { kindOf, loadTests } from './policy-tests.ts';
import { openServer } from './remote.ts';

type Options = ExplainFlags & { readonly target: string; readonly tag: string | null };

/** `explain TARGET [TAG]`: which rule decided, which lost and why; of the live target, or of a snapshot. */
export async function explain(options: Options, context: CliContext): Promise<ExitCode> {
  const target = parseTarget(options.target, context);
  if (target === null) return EXIT.usage;
  if (options.test !== undefined && options.snapshot === undefined) {
    context.stderr.write('error: --test picks a test of a file, so it goes with --snapshot FILE\n');
    return EXIT.usage;
  }
  if (options.server !== undefined) return await explainRemote(target, options, context);
  const input =
    options.snapshot === undefined
      ? await lookLive(target, options, context)
      : await lookUp(target, options.snapshot, { options, context });
  const plan = planTarget(input);
  const explanations = explainTarget(input, options.tag);
  const explained = { input, plan, explanations };
  printExplained(explained, options, context);
  return EXIT.ok;
}

/** The live target as the service sees it, with its credentials and under its policies. */
async function explainRemote(
  target: Target,
  options: Options,
  context: CliContext,
): Promise<ExitCode> {
  const { server = '', snapshot, policies, tag } = options;
  if (snapshot !== undefined || policies !== undefined) {
    context.stderr.write(
      'error: --server looks at the live target under the policies in force, so it excludes --snapshot and --policies\n',
    );
    return EXIT.usage;
  }
  const console = await openServer({ ...options, server }, context);
  try {
    printExplained(await console.explain(target, tag), options, context);
    return EXIT.ok;
  } finally {
    await console.close();
  }
}

async function lookLive(
  target: Target,
  { config, policies }: Options,
  context: CliContext,
): Promise<PlanInput> {
  const app = await context.openApp({
    configFile: config ?? null,
    policyFolder: policies ?? null,
  });
  try {
    return await app.look(target, context.interruption.signal);
  } finally {
    await app.close();
  }
}

interface Invocation {
  readonly options: Options;
  readonly context: CliContext;
}

/** The target as the snapshot holds it; nothing is contacted. */
async function lookUp(
  target: Target,
  file: string,
  { options, context }: Invocation,
): Promise<PlanInput> {
  const { policies, config } = options;
  const place = { path: file, policies: policies ?? null, configFile: config ?? null };
  const key = targetKey(target);
  if ((await kindOf(file)) === null) {
    throw new ReconcileError(
      'POLICY_INVALID',
      `Cannot explain "${key}": snapshot "${file}" is not there, wanted a file that tagwarden snapshot wrote`,
    );
  }
  const { set, tests } = await loadTests(place, context);
  const found = pickTest(tests, { key, file, name: options.test ?? null });
  return planInputOf(found, { set, capabilitiesOf: await context.loadCapabilities() });
}

interface Asked {
  readonly key: string;
  readonly file: string;
  /** Null: the only one about the target. */
  readonly name: string | null;
}

/** The one test that is meant; a listing guessed from several would explain another moment than the one in mind. */
function pickTest(tests: readonly PolicyTest[], { key, file, name }: Asked): PolicyTest {
  const about = tests.filter((test) => targetKey(test.target) === key);
  const meant = about.filter((test) => name === null || test.name === name);
  const [found, ...others] = meant;
  if (found !== undefined && others.length === 0) return found;
  const refuse = (problem: string): ReconcileError =>
    new ReconcileError('POLICY_INVALID', `Cannot explain "${key}": snapshot "${file}" ${problem}`);
  const names = about.map((test) => test.name).join(', ');
  if (found !== undefined) {
    throw refuse(`holds ${meant.length} tests about it, wanted --test with one of ${names}`);
  }
  if (about.length > 0) throw refuse(`holds no test "${name}" about it, wanted one of ${names}`);
  const held = [...new Set(tests.map((test) => targetKey(test.target)))].join(', ');
  const wanted = held === '' ? 'a PolicyTest in it' : `one of ${held}`;
  throw refuse(`does not hold it, wanted ${wanted}`);
}

function printExplained(explained: Explained, { output, tag }: Options, context: CliContext): void {
  const { stdout, stderr } = context;
  const colors = createColors(wantsColor(context, stdout));
  stdout.write(
    output === 'json'
      ? `${JSON.stringify(explanationsJson(explained, readVersion()), null, 2)}\n`
      : renderExplanations(explained, { colors, columns: stdout.columns ?? null }),
  );
  if (explained.explanations.length > 0) return;
  const what = tag === null ? 'no tag is listed and no rule names one' : `nothing knows "${tag}"`;
  stderr.write(`note: ${what} at ${targetKey(explained.input.target)}\n`);
}
